// Stands in for packages that ts-mls names for cipher suites and a crypto provider we do not use. Nothing here runs:
// an unused suite fails in ts-mls when it finds no implementation, and the unused provider is dropped by the bundler.
function notInstalled(): never {
  throw new Error('This cipher suite is not offered here.');
}
export const sha256 = notInstalled;
export const sha384 = notInstalled;
export const sha512 = notInstalled;
export const hmac = notInstalled;
