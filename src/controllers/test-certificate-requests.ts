/** A request for a certificate, as who asks for one writes it: for the tests of the controllers that decide of it and clean it up. */
import { newCertificateRequest } from "../access/index.ts";

export interface RequestedSpec {
  readonly signerName: string;
  readonly usages: readonly string[];
  readonly [field: string]: unknown;
}

export async function signingRequest(
  name: string,
  wanted: Parameters<typeof newCertificateRequest>[0],
  spec: RequestedSpec,
) {
  const { request } = await newCertificateRequest(wanted);
  return {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name },
    spec: { request: Buffer.from(request).toString("base64"), ...spec },
  };
}
