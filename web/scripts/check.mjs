// The portal's own rules that the compiler does not know. Prints every breach and fails if there is one.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const limits = { file: 400, fn: 60, params: 5 };

// A catalogue is a table: it is as long as what the portal says.
const tables = ['src/i18n/fa.ts', 'src/i18n/en.ts'];

// Each thing has one home; everybody else goes through it.
const homes = [
  { what: /\bfetch\(/, home: ['src/api/client.ts', 'src/features/terminal/agent.ts'] },
  { what: /\bDate\.now\(|new Date\(\)/, home: ['src/api/clock.ts'] },
  { what: /\bIntl\.|toLocale/, home: ['src/format/format.ts'] },
  { what: /\b(local|session)Storage\b|document\.cookie/, home: ['src/i18n/index.ts', 'src/api/machine.ts'] },
  { what: /dangerouslySetInnerHTML|\.innerHTML\b|\beval\(/, home: [] },
  { what: /[ىيك]/, home: ['src/ui/plate/plate.ts'] },
  {
    what: /[\u0621-\u06cc]/,
    home: [
      'src/i18n/fa.ts', 'src/i18n/en.ts', 'src/i18n/desk/fa.ts', 'src/i18n/deposit/fa.ts', 'src/i18n/order/fa.ts', 'src/format/format.ts', 'src/ui/municipality.ts', 'src/ui/plate/plate.ts',
      'src/ui/plate/PlateInput.tsx', 'src/ui/plate/PlateView.tsx', 'src/ui/plate/LetterPart.tsx',
    ],
  },
];

const breaches = [];
const literals = new Set();
const heads = [];

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });
}

function checkText(path, text) {
  if (!tables.includes(path) && text.split('\n').length > limits.file) breaches.push(`${path}: more than ${limits.file} lines`);
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  for (const { what, home } of homes) {
    if (!home.includes(path) && what.test(code)) breaches.push(`${path}: ${what} belongs to ${home.join(', ') || 'nobody'}`);
  }
}

function checkImport(path, target) {
  const [, own] = path.match(/^src\/features\/([^/]+)/) ?? [];
  const [, other] = join(path, '..', target).match(/^src\/features\/([^/]+)/) ?? [];
  if (other && own !== other && !path.startsWith('src/app/')) breaches.push(`${path}: imports feature ${other}`);
}

function checkFunction(path, source, node) {
  const line = (position) => source.getLineAndCharacterOfPosition(position).line;
  const length = line(node.end) - line(node.getStart()) + 1;
  if (length > limits.fn) breaches.push(`${path}:${line(node.getStart()) + 1}: function of ${length} lines`);
  if (node.parameters.length > limits.params) breaches.push(`${path}:${line(node.getStart()) + 1}: ${node.parameters.length} parameters`);
}

// One comment may stand over a run of short declarations.
function checkExport(path, source, node, inherited) {
  const exported = ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  if (!exported) return false;
  const text = node.getText(source);
  if (ts.getJSDocCommentsAndTags(node).length > 0 || (inherited && /^export (type|const) /.test(text))) return true;
  breaches.push(`${path}: ${text.split('\n')[0]} has no doc comment`);
  return false;
}

function checkSource(path, text) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  let documented = false;
  for (const statement of source.statements) documented = checkExport(path, source, statement, documented);
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) checkImport(path, node.moduleSpecifier.text);
    if (ts.isFunctionLike(node) && node.body) checkFunction(path, source, node);
    if (ts.isStringLiteral(node)) literals.add(node.text);
    if (ts.isTemplateExpression(node)) heads.push(node.head.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
}

// The catalogues that must be said somewhere: the first load's, and those that come with the pages of the desk, of the deposit and of an order.
const catalogues = ['src/i18n/fa.ts', 'src/i18n/desk/fa.ts', 'src/i18n/deposit/fa.ts', 'src/i18n/order/fa.ts'];

async function checkCatalogue(path) {
  const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), { compilerOptions: { module: ts.ModuleKind.ESNext } });
  const catalogue = Object.values(await import(`data:text/javascript;base64,${Buffer.from(outputText).toString('base64')}`))[0];
  const flatten = (tree, prefix = '') =>
    Object.entries(tree).flatMap(([key, value]) => (typeof value === 'string' ? [prefix + key] : flatten(value, `${prefix}${key}.`)));
  for (const key of flatten(catalogue)) {
    const said = key.replace(/_(one|other)$/, ''); // i18next chooses by `count`
    const used = literals.has(said) || heads.some((head) => head.includes('.') && key.startsWith(head));
    if (!used && !key.startsWith('plate.')) breaches.push(`${path}: nobody says ${key}`);
  }
}

const files = walk('src').filter((path) => /\.(ts|tsx)$/.test(path) && !/\.gen\.ts$|\.d\.ts$|\.test\.tsx?$|^src\/test\//.test(path));
for (const path of files) {
  const text = readFileSync(path, 'utf8');
  checkText(path, text);
  checkSource(path, text);
}
for (const path of catalogues) await checkCatalogue(path);
for (const breach of breaches) console.error(breach);
console.log(`${files.length} files, ${breaches.length} breaches`);
process.exit(breaches.length > 0 ? 1 : 0);
