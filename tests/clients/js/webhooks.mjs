// The webhooks part of the Backend SDK named by PACKAGE: what the server sends is verified by it.
import { createServer } from 'node:http';

import { alike, assert, check, packages, refusal } from './check.mjs';

const { API, PACKAGE, SECRET_KEY } = process.env;
const { verifyWebhook } = packages(`${PACKAGE}/webhooks`);

const waiting = [];
const heard = [];
const server = createServer(async (incoming, outgoing) => {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  outgoing.writeHead(204).end();
  const request = { headers: incoming.headers, body: Buffer.concat(chunks).toString() };
  const next = waiting.shift();
  if (next) next(request);
  else heard.push(request);
});
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));

const next = () =>
  new Promise((take) => (heard.length > 0 ? take(heard.shift()) : waiting.push(take)));
const asRequest = ({ headers, body }) =>
  new Request('http://localhost/hooks', { method: 'POST', headers, body });

async function ask(method, path, body) {
  const headers = { authorization: `Bearer ${SECRET_KEY}`, 'content-type': 'application/json' };
  const answer = await fetch(`${API}/v1/${path}`, { method, headers, body: JSON.stringify(body) });
  const found = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(found));
  return found;
}

let signingSecret, user, last;

await check('created', async () => {
  const url = `http://127.0.0.1:${server.address().port}/hooks`;
  signingSecret = (await ask('POST', 'webhook_endpoints', { url })).secret;
  user = await ask('POST', 'users', { email_address: ['hook@acme.test'] });
  last = await next();
  alike(await verifyWebhook(asRequest(last), { signingSecret }), {
    object: 'event',
    type: 'user.created',
    data: { id: user.id, object: 'user', email_addresses: [{ email_address: 'hook@acme.test' }] },
    event_attributes: { http_request: { client_ip: '', user_agent: '' } },
  });
  // What the library leaves out.
  alike(JSON.parse(last.body), {
    timestamp: (value) => Number.isInteger(value) && value > 1.6e12,
    instance_id: (value) => value.startsWith('ins_'),
  });
});

await check('locked', async () => {
  await ask('POST', `users/${user.id}/lock`, {});
  const told = [await next(), await next()];
  const events = await Promise.all(
    told.map((request) => verifyWebhook(asRequest(request), { signingSecret })),
  );
  assert.deepEqual(events.map(({ type }) => type).sort(), ['user.locked', 'user.updated']);
  for (const event of events) alike(event.data, { id: user.id, locked: true });
  const { data } = events.find(({ type }) => type === 'user.locked');
  alike(data.lock, { lock: { kind: 'staff' }, actor: 'api' });
});

await check('forged', async () => {
  const changed = { ...last, body: last.body.replace('hook@acme.test', 'evil@acme.test') };
  await refusal(verifyWebhook(asRequest(changed), { signingSecret }));
  const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  await refusal(verifyWebhook(asRequest(last), { signingSecret: other }));
});

server.close();
server.closeAllConnections();
