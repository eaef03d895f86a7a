/** The provisioner: makes the topics and triggers that stacks declare. */
import { createCloudFormationClient } from '../lib/adapters/aws/clients.ts';
import { isRollingBack } from '../lib/adapters/aws/stack-status.ts';
import { emulatorEndpoint, requireVariable } from './environment.ts';
import { provisionHandler } from './provision-handler.ts';
import { openTriggerServices } from './trigger-services.ts';

const cloudFormation = createCloudFormationClient({ endpoint: emulatorEndpoint() });

export const handler = provisionHandler({
  services: openTriggerServices(requireVariable('dispatcherFunction')),
  isRollingBack: stackId => isRollingBack(cloudFormation, stackId),
  onFault: error => console.error(error),
});
