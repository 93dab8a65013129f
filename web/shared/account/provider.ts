// Sign-in of staff through the organisation's own provider: away to its page, and back with a code in the address.
import { startProvider } from '../api/account_api.ts';

const storageKey = 'lightkeeper-oidc-state';

export type ProviderReturn = { code: string; state: string } | 'stopped' | null;

/** Reads what came back and takes it out of the address and the history at once. Only what this tab started counts: a link
 *  from elsewhere must not sign anybody in. */
function takeReturn(): ProviderReturn {
  const query = new URLSearchParams(location.search);
  const state = query.get('state');
  if (state === null) return null;
  history.replaceState(null, '', location.pathname + location.hash);
  const expected = sessionStorage.getItem(storageKey);
  sessionStorage.removeItem(storageKey);
  const code = query.get('code');
  return code === null || expected === null || expected !== state ? 'stopped' : { code, state };
}

// When the page loads, before anything is drawn or fetched.
let arrived: ProviderReturn = takeReturn();

/** What came back, once. */
export function providerReturn(): ProviderReturn {
  const out = arrived;
  arrived = null;
  return out;
}

/** Leaves this page. `invitation`: a one-time code for somebody who comes in for the first time. */
export async function goToProvider(invitation?: string): Promise<void> {
  const { authorization_url: address } = await startProvider(invitation);
  const state = new URL(address).searchParams.get('state');
  if (state !== null) sessionStorage.setItem(storageKey, state);
  location.assign(address);
}
