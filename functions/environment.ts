/**
 * What the stack tells a function through its environment: the names of the variables, which the stack's grants set,
 * and the one place where the runtime reads them.
 */
export const variables = {
  logTable: 'MILLRACE_LOG_TABLE',
  clusterTable: 'MILLRACE_CLUSTER_TABLE',
  bucket: 'MILLRACE_BUCKET',
  maintenanceFunction: 'MILLRACE_MAINTENANCE_FUNCTION',
  dispatcherFunction: 'MILLRACE_DISPATCHER_FUNCTION',
} as const;

/** Where the functions' own metrics are found. */
export const metricNamespace = 'Millrace';

/** The variable that a grant to somebody's own function sets: the base URL, for a client. */
export const urlVariable = 'MILLRACE_URL';

export type VariableName = keyof typeof variables;

/** The value of a variable that a grant has set; throws where the function has no such grant. */
export function requireVariable(name: VariableName): string {
  const value = process.env[variables[name]];
  if (!value) throw new Error(`${variables[name]} is not set: grant the function its use in cdk/constructs`);
  return value;
}

/** An emulator's endpoint, which Lambda's environment has where it is one; undefined on AWS. */
export const emulatorEndpoint = (): string | undefined => process.env.AWS_ENDPOINT_URL || undefined;

/** The host by which this function is listed among the workers. */
export const functionName = (): string => process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'lambda';
