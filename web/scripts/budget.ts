import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

// What a browser may have to load and run before the visit page works, in bytes as they travel (gzip).
const most = 250_000;

/** Fails the build when the scripts of the first load weigh more than the budget, and tells what they weigh. */
export function budget(): Plugin {
  return {
    name: 'mofasa-budget',
    apply: 'build',
    writeBundle(_, bundle) {
      const found = new Set<string>();
      const walk = (name: string) => {
        const chunk = bundle[name];
        if (chunk?.type !== 'chunk' || found.has(name)) return;
        found.add(name);
        chunk.imports.forEach(walk);
      };
      Object.values(bundle).forEach((file) => file.type === 'chunk' && file.isEntry && walk(file.fileName));
      const weight = [...found].reduce((sum, name) => {
        const chunk = bundle[name];
        return chunk?.type === 'chunk' ? sum + gzipSync(chunk.code).length : sum;
      }, 0);
      const told = `first load: ${(weight / 1000).toFixed(1)} kB of JavaScript (gzip), at most ${most / 1000}`;
      if (weight === 0 || weight > most) this.error(told);
      this.info(told);
    },
  };
}
