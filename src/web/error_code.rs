//! The catalogue of every error the doors under `/v1` can answer: status, code, short and long
//! text, one line each, so that a person can read the whole contract at a glance and a test can
//! compare it. Codes, statuses and the texts of the sign-in errors are Clerk's interface; `{}` is
//! filled by the constructor. Knows nothing of requests; `error` builds answers from it.

/// One line of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorText {
    /// HTTP status number.
    pub status: u16,
    /// Stable name on the wire; what client code branches on.
    pub code: &'static str,
    /// Short text.
    pub message: &'static str,
    /// A whole sentence for a person. Never empty: the Python SDK refuses an error without it.
    pub long_message: &'static str,
}

macro_rules! catalogue {
    ($($(#[$doc:meta])* $name:ident = $status:literal $code:literal $message:literal $long:literal;)*) => {
        /// Names a line of the catalogue. Several situations may share a code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorKind { $($(#[$doc])* $name,)* }

        impl ErrorKind {
            /// Every line, in the order of this file.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// What this line says on the wire.
            #[must_use]
            pub const fn text(self) -> ErrorText {
                match self {
                    $(Self::$name => ErrorText {
                        status: $status, code: $code, message: $message, long_message: $long,
                    },)*
                }
            }

            /// The name used in this file.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }
        }
    };
}

catalogue! {
    // Sign-in: secrets and the lock.
    /// The long text carries the wait and comes from the caller.
    UserLocked = 403 "user_locked" "Account locked"
        "This account is locked. For more information, please contact support.";
    UserBanned = 403 "user_banned" "Account banned"
        "This account is banned. For more information, please contact support.";
    PasswordIncorrect = 422 "form_password_incorrect" "Password is incorrect"
        "The password is incorrect. Try again.";
    CodeIncorrect = 422 "form_code_incorrect" "Incorrect code"
        "The code is incorrect. Check it and try again.";
    IdentifierNotFound = 422 "form_identifier_not_found" "Account not found"
        "No account was found with this identifier.";
    /// The long text carries what is left and comes from the caller.
    LockoutWarning = 422 "account_lockout_warning" "Account will be locked soon"
        "Few attempts are left before this account is locked.";

    // Sign-in: the flow. Texts of the contract.
    SessionExists = 400 "session_exists" "Session already exists"
        "You're currently in single session mode. You can only be signed into one account at a time.";
    AlreadySignedIn = 400 "identifier_already_signed_in" "You're already signed in"
        "You're already signed in";
    AccountTransferInvalid = 400 "account_transfer_invalid" "Invalid account transfer"
        "There is no account to transfer";
    /// Filled with the action in words and what to do instead.
    ClientStateInvalid = 400 "client_state_invalid" "Invalid action"
        "We were unable to complete {} for this Client. {}";
    StrategyForUserInvalid = 400 "strategy_for_user_invalid" "Invalid verification strategy"
        "The verification strategy is not valid for this account";
    IdentificationClaimed = 400 "identification_claimed" "Identification claimed by another user"
        "One or more identifiers on this sign up have since been connected to a different User. Please sign up again.";
    OlderSignIn = 403 "resource_forbidden" "Update operations are not allowed on older sign ins"
        "Update operations are not allowed on older sign ins";
    /// Filled with the id that was asked for.
    SignInNotFound = 404 "resource_not_found" "not found"
        "No sign in was found with id {}";
    IdentificationOfOther = 403 "resource_forbidden" "belongs to different user"
        "The given identification belongs to a different user.";
    /// Filled with the strategy.
    NoSecondFactors = 400 "no_second_factors" "no second factors"
        "No second factors were found for strategy {}.";
    NoIdentificationForUser = 404 "sign_in_no_identification_for_user" "no identification for user"
        "The given token doesn't have an associated identification for the user who created it.";
    IdentificationOrUserDeleted = 400 "sign_in_identification_or_user_deleted" "identification or user deleted"
        "Either the user or the selected identification were deleted. Please start over.";

    // Codes, links and tickets. A code's answers are the same for a name that nobody has.
    VerificationExpired = 400 "verification_expired" "Verification has expired"
        "This code or link has expired. Ask for a new one.";
    /// The tries of this one code are spent.
    VerificationFailed = 400 "verification_failed" "Verification failed"
        "Too many wrong codes were given. Ask for a new code.";
    VerificationMissing = 400 "verification_missing" "Missing verification"
        "Nothing was sent yet that could be verified. Ask for a code first.";
    VerificationStrategyInvalid = 400 "verification_strategy_invalid" "Invalid verification strategy"
        "This verification was begun with another strategy. Prepare it again.";
    VerificationAlreadyVerified = 400 "verification_already_verified" "Already verified"
        "This verification was passed already.";
    LinkTokenInvalid = 400 "verification_link_token_invalid" "Invalid link"
        "This link is not valid. Ask for a new one.";
    /// With `Retry-After`: a code was sent a moment ago.
    CodeTooSoon = 429 "verification_code_too_many_requests" "Too many requests"
        "A code was sent a moment ago. Please wait before you ask for another one.";
    /// With `Retry-After`: the codes of a day are spent.
    CodeRateLimit = 429 "verification_code_rate_limit_exceeded" "Too many codes"
        "Too many codes were asked for. Please try again later.";
    TicketInvalid = 400 "ticket_invalid_code" "Ticket is invalid"
        "The ticket is not valid.";
    TicketExpired = 400 "ticket_expired_code" "Ticket has expired"
        "The ticket has expired. Ask for a new one.";
    SignInTokenRevoked = 400 "sign_in_token_revoked_code" "Sign in token has been revoked"
        "This sign in token was revoked and can no longer be used.";
    SignInTokenUsed = 400 "sign_in_token_already_used_code" "Sign in token has already been used"
        "This sign in token was used already. Each token can be used once.";
    SignInTokenCannotBeUsed = 400 "sign_in_token_cannot_be_used_code" "Sign in token cannot be used"
        "This sign in token cannot be used here.";

    // Own account: secrets that are set, changed or shown again.
    NoPasswordSet = 400 "no_password_set" "No password set"
        "This user has no password.";
    IncorrectPassword = 422 "incorrect_password" "Incorrect password"
        "The password is incorrect. Try again.";
    TotpDisabled = 400 "totp_disabled" "Authenticator app disabled"
        "This user has no authenticator app.";
    TotpIncorrect = 422 "totp_incorrect_code" "Incorrect code"
        "The code is incorrect. Check it and try again.";
    TotpLength = 422 "totp_invalid_length" "Invalid code length"
        "The code does not have the right length.";
    NewPasswordMatches = 422 "form_new_password_matches_current" "New password matches the current one"
        "The new password must differ from the current one.";
    PasswordCompromised = 422 "form_password_compromised" "Password is compromised"
        "This password was marked as compromised. Use another way to sign in, or reset the password.";
    SessionReverification = 403 "session_reverification_required" "Additional verification is required"
        "Verify that it is you before you go on.";

    // Sign-up.
    /// Filled with the id that was asked for.
    SignUpNotFound = 404 "resource_not_found" "not found"
        "No sign up was found with id {}";
    OlderSignUp = 403 "resource_forbidden" "Update operations are not allowed on older sign ups"
        "Update operations are not allowed on older sign ups";
    SignUpRestricted = 403 "not_allowed_access" "Access not allowed"
        "Sign-up is not open in this application. Ask for an invitation.";

    // Forms: always with `meta.param_name`, which fills the `{}`.
    ParamMissing = 422 "form_param_missing" "is missing"
        "{} must be included.";
    ParamNil = 422 "form_param_nil" "is empty"
        "{} must not be empty.";
    ParamUnknown = 422 "form_param_unknown" "is unknown"
        "{} is not a valid parameter for this request.";
    ParamFormatInvalid = 422 "form_param_format_invalid" "is invalid"
        "{} does not have the right format.";
    ParamValueInvalid = 422 "form_param_value_invalid" "is invalid"
        "The value of {} is not allowed here.";
    /// Filled with the parameter and the greatest length.
    ParamTooLong = 422 "form_param_max_length_exceeded" "is too long"
        "{} must not be longer than {} bytes.";
    ParamValueDisabled = 400 "form_param_value_disabled" "is not enabled"
        "The value of {} is not enabled for this application.";
    ParamDuplicate = 422 "form_param_duplicate" "is duplicated"
        "{} must be given once only.";
    /// Filled with the parameter and the condition under which it is needed.
    ConditionalParamMissing = 422 "form_conditional_param_missing" "is missing"
        "{} must be included when {}.";
    DataMissing = 422 "form_data_missing" "missing data"
        "The request does not hold the data that it needs: {}.";
    IdentifierExists = 422 "form_identifier_exists" "already exists"
        "This {} is taken. Please use another one.";
    /// Filled with the least length.
    PasswordTooShort = 422 "form_password_length_too_short" "Password is too short"
        "The password must be at least {} characters long.";
    PasswordTooLong = 422 "form_password_length_too_long" "Password is too long"
        "The password must be at most {} bytes long.";

    // What was asked for.
    /// Filled with the kind of thing.
    NotFound = 404 "resource_not_found" "not found"
        "The {} that was asked for was not found.";
    UnknownRoute = 404 "resource_not_found" "not found"
        "There is nothing at this address.";
    MethodNotAllowed = 405 "method_not_allowed" "method not allowed"
        "This address does not answer to this method.";
    InvalidActionForSession = 400 "invalid_action_for_session" "Invalid action for session"
        "We were unable to complete {} for this session.";
    FeatureNotEnabled = 403 "feature_not_enabled" "not enabled"
        "This feature is not enabled for this application: {}.";
    ResourceForbidden = 403 "resource_forbidden" "forbidden"
        "This request is not allowed.";
    Conflict = 409 "conflict" "conflict"
        "The request is at odds with the present state: {}.";

    // Who asks.
    AuthenticationInvalid = 401 "authentication_invalid" "Invalid authentication"
        "Unable to authenticate the request: a valid key or session is needed.";
    AuthorizationHeaderFormat = 401 "authorization_header_format_invalid" "Invalid Authorization header format"
        "The Authorization header must have the form: Bearer YOUR_SECRET_KEY.";
    ClerkKeyInvalid = 401 "clerk_key_invalid" "The provided secret key is invalid"
        "The provided secret key is invalid. Make sure that it is the key of this application.";
    SignedOut = 401 "signed_out" "Signed out"
        "You are signed out.";
    ClientNotFound = 400 "client_not_found" "No client found"
        "No client was found for this request. Start again.";
    OriginAuthorizationConflict = 400 "origin_authorization_headers_conflict" "Conflicting headers"
        "A request may carry the Origin or the Authorization header, not both.";
    /// Filled with the origin.
    OriginInvalid = 400 "origin_invalid" "Invalid Origin header"
        "The Origin {} is not allowed for this application. Add it to its allowed_origins (PATCH /v1/instance).";

    // The request itself.
    BodyInvalid = 400 "request_body_invalid" "Request body invalid"
        "The request body cannot be read: {}.";
    ParametersMalformed = 400 "malformed_request_parameters" "Malformed request parameters"
        "The request parameters cannot be read: {}.";
    BodyTooLarge = 413 "request_body_too_large" "Request body too large"
        "The request body must not be larger than {} bytes.";
    ContentTypeUnsupported = 415 "unsupported_content_type" "Unsupported content type"
        "The content type of this request is not supported. Use {}.";
    BadRequest = 400 "bad_request" "Bad request"
        "The request cannot be understood.";
    BodyTooSlow = 408 "request_timeout" "Request timeout"
        "The request body did not arrive in time.";

    // Load and faults.
    TooManyRequests = 429 "too_many_requests" "Too many requests"
        "Too many requests. Please try again in a while.";
    Internal = 500 "internal_clerk_error" "Internal error"
        "Something went wrong on our side. Nothing was lost; please try again.";
    ServiceUnavailable = 503 "service_unavailable" "Service unavailable"
        "The service is busy or its storage is not available. Please try again in a while.";
}
