import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));

// For cipher suites and a crypto provider that we do not use; named by ts-mls, not installed, never asked for.
const notInstalled = [
  '@hpke/chacha20poly1305',
  '@hpke/dhkem-x448',
  '@hpke/hybridkem-x-wing',
  '@hpke/ml-kem',
  '@noble/curves/ed25519.js',
  '@noble/curves/ed448.js',
  '@noble/curves/nist.js',
  '@noble/post-quantum/ml-dsa.js',
  '@noble/hashes/sha2.js',
  '@noble/hashes/hmac.js',
];

/** The guard is built by CMake (preset wasm); without it the pages still build and say that the guard is missing. */
function copyGuard(): Plugin {
  return {
    name: 'copy-guard',
    apply: 'build',
    closeBundle() {
      const built = resolve(here, '../build/wasm/bin/guard.wasm');
      if (!existsSync(built)) {
        console.warn('guard.wasm is not built yet (cmake --preset wasm): pictures and messages need it at /guard/guard.wasm');
        return;
      }
      mkdirSync(resolve(here, 'dist/guard'), { recursive: true });
      copyFileSync(built, resolve(here, 'dist/guard/guard.wasm'));
    },
  };
}

export default defineConfig({
  root: here,
  base: '/',
  publicDir: resolve(here, 'public'),
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
  resolve: {
    alias: notInstalled.map((find) => ({ find, replacement: resolve(here, 'messenger/e2ee/not_installed.ts') })),
  },
  worker: { format: 'es' },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // the content security policy takes no data: scripts, styles or fonts
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { messenger: resolve(here, 'index.html'), console: resolve(here, 'console/index.html') },
    },
  },
  plugins: [copyGuard()],
});
