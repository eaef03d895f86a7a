/** A process that imports a bundle as Lambda does, says how long that took, in milliseconds, and ends: `import-process.ts <file>`. */
import { pathToFileURL } from 'node:url';

const url = pathToFileURL(process.argv[2] ?? '').href;
const since = performance.now();
await import(url);
console.log(performance.now() - since);
process.exit();
