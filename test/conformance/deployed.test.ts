/**
 * Runs the suite against whatever answers at MILLRACE_URL:
 *
 *     MILLRACE_URL=http://127.0.0.1:8082 npm run test:conformance
 */
import { conformanceSuite } from './suite.ts';

const url = process.env.MILLRACE_URL?.replace(/\/+$/, '');
if (!url)
  throw new Error('MILLRACE_URL is not set: give the base URL of the Millrace to test, http://127.0.0.1:8082 for one');

conformanceSuite(url, () => url);
