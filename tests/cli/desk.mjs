// A running service with two people, one member of staff, and reports in words.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endService, freePort, hexId, request, signUp, startService } from '../service/running_service.mjs';
import { folder } from './program.mjs';

/** `env` is the service's. `tell` makes ben report ada (or `by` report `about`), and gives the report's id. */
export async function startDesk(t, name, role, env = {}) {
  const cwd = folder(t);
  const data = join(cwd, 'data');
  const port = await freePort();
  const service = await startService(data, port, ['--log-level', 'error'], env);
  t.after(() => endService(service, 'SIGTERM'));
  const ada = await signUp(data, port, 'ada', 'person');
  const ben = await signUp(data, port, 'ben', 'person');
  const staff = await signUp(data, port, name, role);
  const passwordFile = join(cwd, 'password');
  writeFileSync(passwordFile, `a password for ${name}\n`, { mode: 0o600 });
  const tell = async (reason, statement, { by = ben, about = ada } = {}) => {
    const body = { client_id: hexId(), reason, note: '', alleged: about.account, messages: [], statement };
    const answer = await request(port, 'POST', '/api/v1/reports', { token: by.token, json: body });
    if (answer.status !== 201) throw new Error(`report: ${answer.status} ${answer.raw}`);
    return answer.json.report;
  };
  /** What rests on words takes two people; each has an account of their own, made when first needed. */
  const deciders = {};
  const decider = async (role) => (deciders[role] ??= await signUp(data, port, `the-${role}`, role));
  const decide = async (id, decision) => {
    const post = async (role, path, json) => {
      const answer = await request(port, 'POST', `/api/v1/cases/${id}/${path}`, { token: (await decider(role)).token, json });
      if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.raw}`);
      return answer.json.state;
    };
    const state = await post('reviewer', 'decisions', { decision, reason: 'A calm reason.' });
    return state === 'awaiting_second' ? post('senior', 'second', { agree: true, reason: 'I agree.' }) : state;
  };
  return { cwd, data, port, ada, ben, staff, passwordFile, tell, decide, stop: () => endService(service, 'SIGTERM') };
}
