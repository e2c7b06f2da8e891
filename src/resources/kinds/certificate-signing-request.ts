/**
 * CertificateSigningRequest (`certificates.k8s.io/v1`): a user asks for a certificate, another approves or denies that, and a
 * signer makes it. What was asked for never changes; approval has a path of its own, and so a right of its own.
 */
import type { OwnPart, Subresource } from "../definition/index.ts";
import type { CertificateSigningRequest } from "../generated/kubernetes.gen.ts";
import { certificateColumns } from "./columns/index.ts";

type Status = NonNullable<CertificateSigningRequest["status"]>;

/** Takes over what is decided, and nothing else of the status. */
const approval: Subresource<CertificateSigningRequest> = {
  name: "approval",
  verbs: ["get", "patch", "update"],
  isReport: true,
  next(last, given) {
    const { conditions } = (given.status ?? {}) as Status;
    const { conditions: _, ...rest } = last.status ?? {};
    return { ...last, status: { ...rest, ...(conditions && { conditions }) } };
  },
};

export const certificateSigningRequest: OwnPart<CertificateSigningRequest> = {
  columns: certificateColumns,
  selectableFields: ["spec.signerName"],
  // The rules of a subresource are only ever given objects of its kind.
  subresources: [approval as Subresource],
  rules: {
    initialStatus: () => ({}),
    keep: (next, { spec }) => ({ ...next, spec }),
  },
};
