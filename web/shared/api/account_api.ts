import { send, sendJson } from './http.ts';
import type {
  AssertionOptions,
  Config,
  PasskeyAssertion,
  PasskeyAttestation,
  RegistrationOptions,
  Role,
  SessionAnswer,
} from './types.ts';

export const readConfig = (): Promise<Config> => sendJson('/config.json');

export const readInvitation = (code: string): Promise<{ role: Role; usable: boolean }> =>
  sendJson(`/api/v1/invitations/${encodeURIComponent(code)}`);

export const createInvitation = (): Promise<{ code: string; link: string }> =>
  sendJson('/api/v1/invitations', { method: 'POST', json: {} });

export type Proof = { password: string } | { passkey: PasskeyAttestation };

export const createAccount = (code: string, name: string, proof: Proof): Promise<SessionAnswer> =>
  sendJson('/api/v1/accounts', { method: 'POST', json: { code, name, ...proof } });

export const registrationOptions = (code: string, name: string): Promise<RegistrationOptions> =>
  sendJson('/api/v1/passkeys/registration-options', { method: 'POST', json: { code, name } });

export const assertionOptions = (name: string): Promise<AssertionOptions> =>
  sendJson('/api/v1/passkeys/assertion-options', { method: 'POST', json: { name } });

export const signIn = (name: string, proof: { password: string } | { passkey: PasskeyAssertion }): Promise<SessionAnswer> =>
  sendJson('/api/v1/sessions', { method: 'POST', json: { name, ...proof } });

export const startProvider = (code?: string): Promise<{ authorization_url: string }> =>
  sendJson('/api/v1/oidc/start', { method: 'POST', json: code === undefined ? {} : { code } });

export const finishProvider = (code: string, state: string): Promise<SessionAnswer> =>
  sendJson('/api/v1/oidc/finish', { method: 'POST', json: { code, state } });

export async function signOut(): Promise<void> {
  await send('/api/v1/sessions/current', { method: 'DELETE' });
}
