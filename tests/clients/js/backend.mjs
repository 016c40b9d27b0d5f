// The Backend SDK named by PACKAGE against a server: users, locks, bans, sessions, tokens, errors.
import { createHmac, createPublicKey } from 'node:crypto';

import { alike, assert, check, packages, refusal, signIn } from './check.mjs';

const { API, FRONTEND_API, PACKAGE, PUBLISHABLE_KEY, SECRET_KEY } = process.env;
const { createClerkClient, verifyToken } = packages(PACKAGE);
// The second major has the guard in the package below it.
const isClerkAPIResponseError =
  packages(`${PACKAGE}/errors`).isClerkAPIResponseError ??
  packages(packages.resolve('@clerk/shared/error', { paths: [packages.resolve(PACKAGE)] }))
    .isClerkAPIResponseError;

const clerk = createClerkClient({
  secretKey: SECRET_KEY,
  publishableKey: PUBLISHABLE_KEY,
  apiUrl: API,
  telemetry: { disabled: true },
});
const { users, sessions } = clerk;
const PASSWORD = 'correct horse battery';
const isId = (prefix) => (value) => typeof value === 'string' && value.startsWith(`${prefix}_`);
const isMillis = (value) => Number.isInteger(value) && value > 1.6e12;

let alexis, sam;

await check('createUser', async () => {
  alexis = await users.createUser({
    emailAddress: ['alexis@clerk.dev'],
    firstName: 'Alexis',
    lastName: 'Aguilar',
    skipPasswordRequirement: true,
  });
  sam = await users.createUser({
    emailAddress: ['sam@acme.test', 'sam@home.test'],
    username: 'sam',
    password: PASSWORD,
    externalId: 'crm-7',
    publicMetadata: { plan: 'gold' },
    privateMetadata: { debt: 3 },
  });
  assert.equal(sam.constructor.name.replace('_', ''), 'User');
  alike(sam, {
    id: isId('user'),
    username: 'sam',
    passwordEnabled: true,
    externalId: 'crm-7',
    publicMetadata: { plan: 'gold' },
    privateMetadata: { debt: 3 },
    emailAddresses: [{ emailAddress: 'sam@acme.test' }, { emailAddress: 'sam@home.test' }],
    createdAt: isMillis,
  });
  assert.equal(sam.primaryEmailAddress.emailAddress, 'sam@acme.test');
});

await check('getUser', async () => {
  alike(await users.getUser(sam.id), sam);
});

await check('getUserList', async () => {
  const all = await users.getUserList();
  alike(all, { totalCount: 2, data: [{ id: sam.id }, { id: alexis.id }] });
  const named = { emailAddress: ['sam@home.test', 'nobody@acme.test'] };
  alike(await users.getUserList(named), { totalCount: 1, data: [{ id: sam.id }] });
  const second = await users.getUserList({ orderBy: '+created_at', limit: 1, offset: 1 });
  alike(second, { totalCount: 2, data: [{ id: sam.id }] });
  assert.equal(await users.getCount({ query: 'aguilar' }), 1);
});

await check('updateUser', async () => {
  alike(await users.updateUser(sam.id, { firstName: 'Sam', unsafeMetadata: { theme: 'dark' } }), {
    firstName: 'Sam',
    unsafeMetadata: { theme: 'dark' },
    publicMetadata: { plan: 'gold' },
  });
  const merged = await users.updateUserMetadata(sam.id, { publicMetadata: { seats: 2 } });
  alike(merged.publicMetadata, { plan: 'gold', seats: 2 });
});

// The prints in Clerk's reference of `lockUser()` and `unlockUser()`. What cannot be equal anywhere
// (ids, instants, the image's address) is held to its kind.
const documented = {
  id: isId('user'),
  passwordEnabled: false,
  totpEnabled: false,
  backupCodeEnabled: false,
  twoFactorEnabled: false,
  banned: false,
  createdAt: isMillis,
  updatedAt: isMillis,
  imageUrl: (value) => new URL(value).pathname.endsWith('.svg'),
  hasImage: true,
  primaryEmailAddressId: isId('idn'),
  primaryPhoneNumberId: null,
  primaryWeb3WalletId: null,
  lastSignInAt: isMillis,
  externalId: null,
  username: null,
  firstName: 'Alexis',
  lastName: 'Aguilar',
  publicMetadata: {},
  privateMetadata: {},
  unsafeMetadata: {},
  emailAddresses: [
    {
      id: isId('idn'),
      emailAddress: 'alexis@clerk.dev',
      verification: { status: 'verified' },
      linkedTo: Array.isArray,
    },
  ],
  phoneNumbers: [],
  web3Wallets: [],
  externalAccounts: ([account]) => account.emailAddress === 'alexis@clerk.dev',
  lastActiveAt: isMillis,
  createOrganizationEnabled: true,
};

// Where we differ from the print, each with its reason. One that has become equal fails the check.
const differences = {
  // Pictures are not kept; the address is that of one with initials.
  hasImage: false,
  // Nobody comes here by Google.
  externalAccounts: [],
  // There are no organizations.
  createOrganizationEnabled: false,
  // The user of the print signs in by Google and has no password; ours has not signed in.
  lastSignInAt: null,
  lastActiveAt: null,
};

function isDocumented(user, locked) {
  for (const [field, value] of Object.entries({ ...documented, locked })) {
    assert.ok(field in user, `no ${field}`);
    if (field in differences) {
      assert.throws(() => alike(user[field], value), `${field} differs no more: take it out`);
      alike(user[field], differences[field], field);
    } else {
      alike(user[field], value, field);
    }
  }
  assert.equal(user.primaryEmailAddressId, user.emailAddresses[0].id);
}

await check('lockUser', async () => {
  const locked = await users.lockUser(alexis.id);
  isDocumented(locked, true);
  const picture = await fetch(locked.imageUrl);
  assert.equal(picture.headers.get('content-type'), 'image/svg+xml');
  assert.match(await picture.text(), />AA<\/text>/);
  // The policy's `manual_lock_duration`; the SDK has no name for it.
  alike(locked.raw.lockout_expires_in_seconds, (value) => value > 3590 && value <= 3600);
  isDocumented(await users.getUser(alexis.id), true);
});

await check('unlockUser', async () => {
  isDocumented(await users.unlockUser(alexis.id), false);
  isDocumented(await users.unlockUser(alexis.id), false);
});

await check('getSession', async () => {
  const { id } = await signIn(FRONTEND_API, 'sam@acme.test', PASSWORD);
  alike(await sessions.getSession(id), {
    id,
    userId: sam.id,
    clientId: isId('client'),
    status: 'active',
    expireAt: isMillis,
    lastActiveAt: isMillis,
  });
  alike(await sessions.getSessionList({ userId: sam.id }), { totalCount: 1, data: [{ id }] });
  alike(await sessions.revokeSession(id), { status: 'revoked' });
  alike(await sessions.getSessionList({ userId: sam.id, status: 'active' }), { totalCount: 0 });
});

await check('verifyToken', async () => {
  const { id, token } = await signIn(FRONTEND_API, 'sam', PASSWORD);
  const wanted = { sub: sam.id, sid: id, exp: (value) => value * 1000 > Date.now() };
  alike(await verifyToken(token, { secretKey: SECRET_KEY, apiUrl: API }), wanted);
  // Without asking the server again: by the key itself.
  const { keys } = await (await fetch(`${FRONTEND_API}/.well-known/jwks.json`)).json();
  const jwtKey = createPublicKey({ key: keys[0], format: 'jwk' });
  const pem = jwtKey.export({ type: 'spki', format: 'pem' });
  alike(await verifyToken(token, { jwtKey: pem }), wanted);
  const [head, claims, signature] = token.split('.');
  const forged = Buffer.from(claims, 'base64url').toString().replace(sam.id, alexis.id);
  const wrong = [head, Buffer.from(forged).toString('base64url'), signature].join('.');
  alike(await refusal(verifyToken(wrong, { jwtKey: pem })), { reason: 'token-invalid-signature' });
});

await check('authenticateRequest', async () => {
  const { id, token, cookies } = await signIn(FRONTEND_API, 'sam@home.test', PASSWORD);
  const page = 'https://app.acme.test/reports';
  const state = (headers) => clerk.authenticateRequest(new Request(page, { headers }));
  const bearer = await state({ authorization: `Bearer ${token}` });
  alike(bearer, { status: 'signed-in', isSignedIn: true });
  alike(bearer.toAuth(), { userId: sam.id, sessionId: id });
  // A page that is asked for by the browser itself: clerk-js keeps the token in a cookie.
  const uat = cookies.filter((cookie) => cookie.startsWith('__client_uat'));
  assert.equal(uat.length, 2, `plain and with the key's suffix: ${uat}`);
  const suffix = uat.map((cookie) => cookie.match(/^__client_uat(_[^=]+)=/)?.[1]).find(Boolean);
  for (const name of ['__session', `__session${suffix}`]) {
    const cookie = [...uat, `${name}=${token}`].join('; ');
    const byCookie = await state({ cookie, 'sec-fetch-dest': 'document', accept: 'text/html' });
    alike(byCookie, { reason: (value) => !value, status: 'signed-in' });
    alike(byCookie.toAuth(), { userId: sam.id });
  }
  alike(await state({}), { status: 'signed-out' });
  alike(await state({ authorization: 'Bearer a.b.c' }), { isSignedIn: false });
});

await check('handshake', async () => {
  const { id, cookies } = await signIn(FRONTEND_API, 'sam', PASSWORD);
  const page = `${new URL(FRONTEND_API).origin}/reports`;
  const browser = { 'sec-fetch-dest': 'document', accept: 'text/html' };
  const state = (cookie) =>
    clerk.authenticateRequest(new Request(page, { headers: { ...browser, cookie } }), {
      proxyUrl: FRONTEND_API,
    });
  // Somebody is signed in, says the cookie of the last change, but the app's host has no token.
  const uat = cookies.filter((cookie) => cookie.startsWith('__client_uat')).join('; ');
  const sent = await state(uat);
  alike(sent, { status: 'handshake', reason: 'client-uat-but-no-session-token' });
  const there = sent.headers.get('location');
  assert.ok(there.startsWith(`${FRONTEND_API}/v1/client/handshake?`), there);
  const answer = await fetch(there, {
    redirect: 'manual',
    headers: { cookie: cookies.join('; ') },
  });
  assert.equal(answer.status, 307, await answer.text());
  assert.equal(answer.headers.get('location'), page);
  const [carried] = answer.headers.getSetCookie().map((line) => line.split(';')[0]);
  assert.ok(carried.startsWith('__clerk_handshake='), carried);
  const back = await state(`${uat}; ${carried}`);
  alike(back, { status: 'signed-in' });
  alike(back.toAuth(), { userId: sam.id, sessionId: id });
  // With the cookies that the library sets then, the next page needs no handshake.
  const jar = new Map();
  for (const line of back.headers.getSetCookie()) {
    const [name, value] = line.split(';')[0].split(/=(.*)/s);
    jar.set(name, value);
  }
  assert.equal(jar.get('__clerk_handshake'), '', 'the token is taken away');
  const next = await state([...jar].map((pair) => pair.join('=')).join('; '));
  alike(next, { status: 'signed-in', reason: (value) => !value });
});

await check('getClient', async () => {
  const { id, token } = await signIn(FRONTEND_API, 'sam', PASSWORD);
  const client = await clerk.clients.verifyClient(token);
  alike(client, { id: isId('client'), sessionIds: [id], lastActiveSessionId: id });
  alike(await clerk.clients.getClient(client.id), { sessions: [{ id, userId: sam.id }] });
  alike(await clerk.clients.getClientList(), { totalCount: (count) => count > 0 });
  const { jwt } = await sessions.getToken(id);
  alike(await verifyToken(jwt, { secretKey: SECRET_KEY, apiUrl: API }), { sid: id });
});

await check('verifyPassword', async () => {
  alike(await users.verifyPassword({ userId: sam.id, password: PASSWORD }), { verified: true });
  const wrong = await refusal(users.verifyPassword({ userId: sam.id, password: 'guess' }));
  alike(wrong, { status: 422, errors: [{ code: 'incorrect_password' }] });
  const none = await refusal(users.verifyPassword({ userId: alexis.id, password: PASSWORD }));
  alike(none, { status: 400, errors: [{ code: 'no_password_set' }] });
  await users.lockUser(sam.id);
  const locked = await refusal(users.verifyPassword({ userId: sam.id, password: PASSWORD }));
  alike(locked, { status: 403, errors: [{ code: 'user_locked', longMessage: /hour/.test.bind(/hour/) }] });
  await users.unlockUser(sam.id);
});

await check('verifyTOTP', async () => {
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  const made = await users.updateUser(sam.id, { totpSecret: secret, backupCodes: ['paper-code-1'] });
  alike(made, { totpEnabled: true, backupCodeEnabled: true, twoFactorEnabled: true });
  const code = totp('12345678901234567890');
  const right = { verified: true, codeType: (value) => value === undefined || value === 'totp' };
  alike(await users.verifyTOTP({ userId: sam.id, code }), right);
  // A step is taken once.
  const again = await refusal(users.verifyTOTP({ userId: sam.id, code }));
  alike(again, { status: 422, errors: [{ code: 'totp_incorrect_code' }] });
  alike(await users.verifyTOTP({ userId: sam.id, code: 'paper-code-1' }), { verified: true });
  await users.disableUserMFA(sam.id);
  alike(await users.getUser(sam.id), { twoFactorEnabled: false, backupCodeEnabled: false });
});

// RFC 6238 for this moment.
function totp(secret) {
  const step = Buffer.alloc(8);
  step.writeBigInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const tag = createHmac('sha1', secret).update(step).digest();
  const number = tag.readUInt32BE(tag[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

await check('createSignInToken', async () => {
  const { signInTokens } = clerk;
  const made = await signInTokens.createSignInToken({ userId: sam.id, expiresInSeconds: 60 });
  alike(made, { id: isId('sit'), userId: sam.id, status: 'pending', createdAt: isMillis });
  const letIn = async (ticket) => {
    const body = new URLSearchParams({ strategy: 'ticket', ticket });
    const answer = await fetch(`${FRONTEND_API}/v1/client/sign_ins`, { method: 'POST', body });
    return { status: answer.status, ...(await answer.json()) };
  };
  const done = await letIn(made.token);
  alike(done, { status: 200, client: { sessions: [{ user: { id: sam.id } }] } });
  const used = { status: 400, errors: [{ code: 'sign_in_token_already_used_code' }] };
  alike(await letIn(made.token), used);
  alike(await refusal(signInTokens.revokeSignInToken(made.id)), used);
  const other = await signInTokens.createSignInToken({ userId: sam.id });
  alike(await signInTokens.revokeSignInToken(other.id), { id: other.id, status: 'revoked' });
  const revoked = { status: 400, errors: [{ code: 'sign_in_token_revoked_code' }] };
  alike(await letIn(other.token), revoked);
});

await check('banUser', async () => {
  alike(await users.banUser(sam.id), { banned: true });
  alike(await sessions.getSessionList({ userId: sam.id, status: 'active' }), { totalCount: 0 });
  alike(await users.unbanUser(sam.id), { banned: false });
});

await check('errors', async () => {
  const traced = (value) => /^[0-9a-f]{32}$/.test(value);
  const unknown = await refusal(users.lockUser('user_2V7JJKmoA9HqzHhfMqK5cpgLl56'));
  assert.ok(isClerkAPIResponseError(unknown));
  alike(unknown, {
    status: 404,
    clerkTraceId: traced,
    errors: [{ code: 'resource_not_found', message: Boolean, longMessage: Boolean }],
  });
  const taken = await refusal(users.createUser({ emailAddress: ['sam@acme.test'] }));
  alike(taken, {
    status: 422,
    clerkTraceId: traced,
    errors: (all) =>
      all.some((e) => e.code === 'form_identifier_exists' && e.meta.paramName === 'email_address'),
  });
  const stranger = createClerkClient({ secretKey: `${SECRET_KEY}x`, apiUrl: API });
  const keyless = await refusal(stranger.users.getUserList());
  assert.ok(isClerkAPIResponseError(keyless));
  alike(keyless, { status: 401, errors: [{ code: 'clerk_key_invalid' }], clerkTraceId: traced });
});

await check('deleteUser', async () => {
  alike(await users.deleteUser(sam.id), { object: 'user', id: sam.id, deleted: true });
  alike(await refusal(users.getUser(sam.id)), { status: 404 });
  alike(await users.getUserList(), { totalCount: 1 });
});
