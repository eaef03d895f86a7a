/** Stacks that are not ours, and use the constructs. */
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code, type FunctionOptions, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Millrace, type MillraceProps } from '../../cdk/index.ts';
import { appWith } from './synth.ts';

export interface Shop {
  /** The stack of the Millrace. */
  readonly data: Stack;
  /** The same, or another. */
  readonly stack: Stack;
  readonly streams: Millrace;
  fn(id: string, options?: FunctionOptions): LambdaFunction;
  template(): Template;
  dataTemplate(): Template;
}

export interface ShopOptions extends MillraceProps {
  /** Whether the stack is another than that of the Millrace. */
  readonly apart?: boolean;
}

export function openShop({ apart = false, ...props }: ShopOptions = {}): Shop {
  const app = appWith({});
  const data = new Stack(app, apart ? 'Data' : 'Shop');
  const stack = apart ? new Stack(app, 'Shop') : data;
  return {
    data,
    stack,
    streams: new Millrace(data, 'Streams', props),
    fn: (id, options) =>
      new LambdaFunction(stack, id, {
        runtime: Runtime.NODEJS_24_X,
        handler: 'index.handler',
        code: Code.fromInline('exports.handler = async () => {};'),
        ...options,
      }),
    template: () => Template.fromStack(stack),
    dataTemplate: () => Template.fromStack(data),
  };
}

/** The one resource of a type. */
export function only(template: Template, type: string) {
  const [found, ...others] = Object.entries(template.findResources(type));
  if (!found || others.length > 0) throw new Error(`${others.length + (found ? 1 : 0)} resources of type ${type}`);
  const [id, { Properties, ...resource }] = found;
  return { id, resource, properties: Properties };
}

/** A value of a template as text: what is known at deployment as `<Id>` or `<Id.Attribute>`, and of another stack as `<Stack:Export>`. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const {
    Ref,
    'Fn::GetAtt': att,
    'Fn::Join': join,
    'Fn::ImportValue': imported,
  } = value as Readonly<Record<string, unknown>>;
  if (typeof Ref === 'string') return `<${Ref}>`;
  if (Array.isArray(att)) return `<${att.join('.')}>`;
  if (typeof imported === 'string') return `<${imported}>`;
  const [separator, parts] = join as [string, unknown[]];
  return parts.map(textOf).join(separator);
}
