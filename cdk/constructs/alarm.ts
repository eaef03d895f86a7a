import { Aspects } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

export interface AlarmProps {
  readonly metric: IMetric;
  readonly alarmDescription: string;
  readonly threshold: number;
}

/** An alarm as soon as `metric` reaches its threshold; silence is good news. */
export function alarmAt(scope: Construct, id: string, props: AlarmProps): Alarm {
  return new Alarm(scope, id, {
    ...props,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}

/** An alarm at the first event that `metric` counts. */
export const alarmAtFirst = (scope: Construct, id: string, metric: IMetric, alarmDescription: string): Alarm =>
  alarmAt(scope, id, { metric, alarmDescription, threshold: 1 });

/** Makes every alarm in `scope` tell an SNS topic, when it is raised and when it is over. */
export function tellAlarms(scope: Construct, topic: ITopic): void {
  const action = new SnsAction(topic);
  Aspects.of(scope).add({
    visit(node) {
      if (!(node instanceof Alarm)) return;
      node.addAlarmAction(action);
      node.addOkAction(action);
    },
  });
}
