//! Checking and taking away secrets over the Backend API; the checks count.
