// Passkeys by WebAuthn level 2. The service checks challenge, origin, type and signature; nothing is trusted here.
import { assertionOptions, registrationOptions } from '../api/account_api.ts';
import type { PasskeyAssertion, PasskeyAttestation } from '../api/types.ts';
import { fromBase64Url, toBase64Url } from '../bytes.ts';

const ES256 = -7;
const EDDSA = -8;
const RS256 = -257;

export const passkeysWork = (): boolean => typeof PublicKeyCredential === 'function' && isSecureContext;

const encode = (buffer: ArrayBuffer): string => toBase64Url(new Uint8Array(buffer));

export async function createPasskey(code: string, name: string): Promise<PasskeyAttestation> {
  const options = await registrationOptions(code, name);
  const credential = await navigator.credentials.create({
    publicKey: {
      challenge: fromBase64Url(options.challenge_b64),
      rp: { id: options.rp_id, name: options.rp_name },
      user: { id: fromBase64Url(options.user_id_b64), name, displayName: name },
      pubKeyCredParams: [ES256, EDDSA, RS256].map((alg) => ({ type: 'public-key' as const, alg })),
      authenticatorSelection: { residentKey: 'preferred', userVerification: options.user_verification },
      attestation: 'none',
    },
  });
  if (!(credential instanceof PublicKeyCredential)) throw new Error('no passkey was made');
  const response = credential.response as AuthenticatorAttestationResponse;
  return {
    challenge_id: options.challenge_id,
    credential_id_b64: encode(credential.rawId),
    client_data_json_b64: encode(response.clientDataJSON),
    attestation_object_b64: encode(response.attestationObject),
  };
}

export async function usePasskey(name: string): Promise<PasskeyAssertion> {
  const options = await assertionOptions(name);
  const credential = await navigator.credentials.get({
    publicKey: {
      challenge: fromBase64Url(options.challenge_b64),
      rpId: options.rp_id,
      allowCredentials: options.credential_ids_b64.map((id) => ({ type: 'public-key' as const, id: fromBase64Url(id) })),
      userVerification: options.user_verification,
    },
  });
  if (!(credential instanceof PublicKeyCredential)) throw new Error('no passkey was used');
  const response = credential.response as AuthenticatorAssertionResponse;
  return {
    challenge_id: options.challenge_id,
    credential_id_b64: encode(credential.rawId),
    client_data_json_b64: encode(response.clientDataJSON),
    authenticator_data_b64: encode(response.authenticatorData),
    signature_b64: encode(response.signature),
  };
}
