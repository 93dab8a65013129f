// A well-formed key package in somebody's name with a key of the attacker's: what a lying directory could hand out.
import { webcrypto } from 'node:crypto';
// Not from 'ts-mls' itself: its index wants packages that are not installed, and only a bundler leaves them out.
import { getCiphersuiteFromName } from 'ts-mls/crypto/ciphersuite.js';
import { getCiphersuiteImpl } from 'ts-mls/crypto/getCiphersuiteImpl.js';
import { generateKeyPackage } from 'ts-mls/keyPackage.js';
import { encodeMlsMessage } from 'ts-mls/message.js';

globalThis.crypto ??= webcrypto; // Node 18
const SUITE = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519';

export const strangersKeyPackage = async (account) => (await strangersDevice(account)).keyPackage;

/** The same with the key that a lying directory would have to list for it. */
export async function strangersDevice(account) {
  const suite = await getCiphersuiteImpl(getCiphersuiteFromName(SUITE));
  const now = BigInt(Math.floor(Date.now() / 1000));
  const pair = await generateKeyPackage(
    { credentialType: 'basic', identity: Buffer.from(account, 'hex') },
    { versions: ['mls10'], ciphersuites: [SUITE], extensions: [], proposals: [], credentials: ['basic'] },
    { notBefore: now - 3600n, notAfter: now + 3600n },
    [],
    suite,
  );
  const message = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage: pair.publicPackage });
  return {
    keyPackage: Buffer.from(message).toString('base64url'),
    signatureKey: Buffer.from(pair.publicPackage.leafNode.signaturePublicKey).toString('base64url'),
  };
}
