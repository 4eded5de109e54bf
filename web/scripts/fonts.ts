import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';

const home = dirname(createRequire(import.meta.url).resolve('vazirmatn/package.json'));

// Name below /fonts → file in the npm package. The stylesheet brings the woff2; the server draws certificates with the TTFs.
const files: Record<string, string> = {
  'Vazirmatn-Regular.ttf': 'fonts/ttf/Vazirmatn-Regular.ttf',
  'Vazirmatn-Bold.ttf': 'fonts/ttf/Vazirmatn-Bold.ttf',
  'OFL.txt': 'OFL.txt',
};

/** Puts Vazirmatn 33 (SIL Open Font License) under /fonts, in the build and on the development server. */
export function fonts(): Plugin {
  return {
    name: 'mofasa-fonts',
    async generateBundle() {
      for (const [name, file] of Object.entries(files)) {
        const source = await readFile(join(home, file));
        this.emitFile({ type: 'asset', fileName: `fonts/${name}`, source });
      }
    },
    configureServer(server) {
      server.middlewares.use('/fonts', (request, response, next) => {
        const name = (request.url ?? '').slice(1);
        const file = name === 'Vazirmatn.woff2' ? 'fonts/webfonts/Vazirmatn[wght].woff2' : files[name];
        if (file) createReadStream(join(home, file)).pipe(response);
        else next();
      });
    },
  };
}
