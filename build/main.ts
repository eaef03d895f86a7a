/**
 * Builds the package that users install: the constructs and the client as JavaScript with their types, and the functions as bundles.
 * Node strips no types from what stands in `node_modules`, and CDK has nothing there to bundle with.
 *
 *     npm run build && npm pack ./dist
 */
import { join } from 'node:path';
import { buildPackage } from './build-package.ts';

await buildPackage(process.argv[2] ?? join(import.meta.dirname, '../dist'));
