// What the scripts of this folder share: where the packages are, one printed line per check, a
// browser's part of a sign-in. clients.rs reads the lines and holds them against its own list, so a
// script that ends early fails.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

export { assert };

// The packages are installed away from this file, so they are looked up from where they are.
export const packages = createRequire(`${process.env.MODULES}/`);

export async function check(name, body) {
  try {
    await body();
    console.log(JSON.stringify({ name, ok: true }));
  } catch (error) {
    console.log(JSON.stringify({ name, ok: false, why: String(error?.stack ?? error) }));
    // What follows builds on it.
    process.exit(1);
  }
}

// Compares as far as `wanted` goes; a function in it judges the value that stands there.
export function alike(found, wanted, at = 'it') {
  if (typeof wanted === 'function') {
    assert.ok(wanted(found), `${at} is ${JSON.stringify(found)}`);
  } else if (wanted !== null && typeof wanted === 'object') {
    assert.ok(found !== null && typeof found === 'object', `${at} is ${JSON.stringify(found)}`);
    if (Array.isArray(wanted)) assert.equal(found.length, wanted.length, `${at}.length`);
    for (const key of Object.keys(wanted)) alike(found[key], wanted[key], `${at}.${key}`);
  } else {
    assert.equal(found, wanted, at);
  }
}

// The error that `promise` ends with.
export async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail('it was not refused');
}

// What a browser does to sign in by password: its session's token and cookies.
export async function signIn(frontendApi, identifier, password) {
  const body = new URLSearchParams({ identifier, password, strategy: 'password' });
  // A token names the page that it was made for.
  const headers = { origin: new URL(frontendApi).origin };
  const answer = await fetch(`${frontendApi}/v1/client/sign_ins`, { method: 'POST', body, headers });
  const { client, response, errors } = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(errors));
  const session = client.sessions.find(({ id }) => id === response.created_session_id);
  const cookies = answer.headers.getSetCookie().map((line) => line.split(';')[0]);
  return { id: session.id, token: session.last_active_token.jwt, cookies };
}
