// What `helm test` runs in a pod of the cluster: the first steps of a user. The admin makes a tenant,
// deploys an agent to it, asks it something, and removes the tenant again. The control plane reaches the
// node that way; this pod must not.

const { NEXUS_URL, NEXUS_ADMIN_EMAIL, NEXUS_ADMIN_PASSWORD, NOT_ENFORCED } = process.env;
/** A node's image may have to be pulled first. */
const PATIENCE_MS = 240_000;
const LOOK_EVERY_MS = 500;
/** A network may need a while until it knows a new pod. */
const FENCED_WITHIN_MS = 15_000;
const ATTEMPT_MS = 2_000;
const QUESTION = 'Where is order 4711?';
const AGENT = {
  apiVersion: 'astromesh/v1',
  kind: 'Agent',
  metadata: { name: 'helm-test', version: '1.0.0' },
  // The provider of the reference node that needs no service.
  spec: { model: { primary: { provider: 'echo', model: 'echo-1' } } },
};

const headers = { 'content-type': 'application/json' };

try {
  headers.authorization = `Bearer ${await logIn()}`;
  const { id } = await must('POST', '/api/v1/tenants', { displayName: 'helm test' });
  try {
    await useTenant(id);
  } finally {
    await must('DELETE', `/api/v1/tenants/${id}`);
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function useTenant(id) {
  headers['x-tenant-id'] = id;
  const tenant = () => must('GET', `/api/v1/tenants/${id}`);
  await until('The tenant is ready', tenant, ({ ready }) => ready);
  await must('POST', '/api/v1/agents', AGENT);
  const agent = () => must('GET', '/api/v1/agents/helm-test');
  await until('The agent is Running', agent, ({ phase }) => phase === 'Running');
  await ask();
  await findFenced((await tenant()).nodeEndpoint);
}

/** That the fence of the node keeps others out. */
async function findFenced(node) {
  if (!node) throw new Error('The tenant is Ready and tells no address of its node');
  const deadline = Date.now() + FENCED_WITHIN_MS;
  while (await answers(`${node}/v1/health`)) {
    if (Date.now() > deadline) throw new Error(`Reached: a tenant's node (${node})\n${NOT_ENFORCED}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  say('Nobody but the control plane reaches the node');
}

function answers(url) {
  return fetch(url, { signal: AbortSignal.timeout(ATTEMPT_MS) }).then(
    () => true,
    () => false,
  );
}

async function logIn() {
  const body = { email: NEXUS_ADMIN_EMAIL, password: NEXUS_ADMIN_PASSWORD };
  const { status, answer } = await call('POST', '/auth/login', body);
  if (status === 200) return answer.accessToken;
  if (status !== 401) throw new Error(`POST /auth/login: ${status} ${JSON.stringify(answer)}`);
  throw new Error(
    `${NEXUS_ADMIN_EMAIL} cannot log in with the password of the Secret: it was changed since the install, ` +
      'or the account is disabled. This test needs it: put the password that is valid into the key ' +
      'admin-password of the Secret.',
  );
}

/** A node that does not know the provider says so: it was reached, which is what is tested. */
async function ask() {
  const { status, answer } = await call('POST', '/api/v1/agents/helm-test/run', { query: QUESTION });
  if (status === 200 && answer.answer.includes(QUESTION)) say(`The agent answers: ${answer.answer}`);
  else if (status === 502 && answer.code === 'node_error') say(`The node has no echo: ${answer.error}`);
  else throw new Error(`The agent does not answer: ${status} ${JSON.stringify(answer)}`);
}

async function until(what, look, isDone) {
  const deadline = Date.now() + PATIENCE_MS;
  let seen = await look();
  while (!isDone(seen) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    seen = await look();
  }
  if (!isDone(seen)) throw new Error(`Not yet: ${what}. It is ${JSON.stringify(seen, undefined, 2)}`);
  say(what);
}

async function must(method, path, body) {
  const { status, answer } = await call(method, path, body);
  if (status < 300) return answer;
  throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
}

async function call(method, path, body) {
  const answer = await fetch(`${NEXUS_URL}${path}`, { method, headers, body: JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, answer: text === '' ? undefined : JSON.parse(text) };
}

function say(text) {
  process.stdout.write(`${text}\n`);
}
