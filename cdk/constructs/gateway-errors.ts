/** What the REST API itself refuses, said as the functions say it: `{"error_code", "message"}`. */
import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { type ErrorCode, errorTable } from '../../lib/protocol/errors.ts';

interface GatewayError {
  readonly type: ResponseType;
  readonly status: number;
  readonly errorCode: number;
  readonly message: string;
  readonly retriable: boolean;
}

const asOurs = (type: ResponseType, code: ErrorCode, detail: string): GatewayError => {
  const { kafkaName, retriable, v3 } = errorTable[code];
  return { type, ...v3, message: `${kafkaName}: ${detail}`, retriable };
};

const forbidden = (type: ResponseType, detail: string): GatewayError => ({
  type,
  status: 403,
  errorCode: 40301,
  message: `CLUSTER_AUTHORIZATION_FAILED: ${detail}`,
  retriable: false,
});

const errors: readonly GatewayError[] = [
  asOurs(ResponseType.DEFAULT_5XX, 'OUTCOME_UNKNOWN', 'no answer in time; the request may have taken effect'),
  asOurs(ResponseType.THROTTLED, 'THROTTLED', 'too many requests for this deployment; nothing was done'),
  asOurs(ResponseType.REQUEST_TOO_LARGE, 'MESSAGE_TOO_LARGE', 'the request is larger than the front door takes'),
  forbidden(ResponseType.MISSING_AUTHENTICATION_TOKEN, 'sign the request with AWS credentials (service execute-api)'),
  forbidden(ResponseType.INVALID_SIGNATURE, 'the signature does not match the request'),
  forbidden(ResponseType.EXPIRED_TOKEN, 'the credentials have expired'),
  forbidden(ResponseType.ACCESS_DENIED, 'the caller needs execute-api:Invoke on this API'),
];

export function answerInOurWords(api: RestApi): void {
  for (const { type, status, errorCode, message, retriable } of errors) {
    api.addGatewayResponse(type.responseType, {
      type,
      statusCode: String(status),
      templates: { 'application/json': JSON.stringify({ error_code: errorCode, message }) },
      ...(retriable && { responseHeaders: { 'Retry-After': "'1'" } }),
    });
  }
}
