/**
 * ServiceAccount (`v1`): under which name a pod asks the cluster for something. A token for it is asked for by a TokenRequest
 * that is created at `serviceaccounts/NAME/token`; the rules are those of Kubernetes' `pkg/apis/authentication/validation`.
 */
import { ApiError } from "../../errors/index.ts";
import { bodyKind, type OwnPart, type Subresource } from "../definition/index.ts";
import { invalidValue } from "../faults.ts";
import type { ServiceAccount, TokenRequestSpec } from "../generated/kubernetes.gen.ts";
import type { KubernetesObject } from "../object.ts";
import { definition } from "../schema/index.ts";

interface TokenRequest extends KubernetesObject {
  readonly spec: TokenRequestSpec;
}

const shortest = 10 * 60;
const longest = 2 ** 32;

const token: Subresource<ServiceAccount> = {
  name: "token",
  verbs: ["create"],
  as: { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" },
  body: bodyKind<TokenRequest>(
    "authentication.k8s.io/v1",
    "TokenRequest",
    () => definition("AuthenticationV1TokenRequest"),
    {
      fill: ({ spec, ...rest }) => ({
        ...rest,
        spec: {
          ...spec,
          audiences: spec?.audiences ?? [],
          expirationSeconds: spec?.expirationSeconds ?? 3600,
        },
      }),
      validate({ spec: { expirationSeconds: seconds = shortest } }) {
        const field = "spec.expirationSeconds";
        if (seconds < shortest)
          return [invalidValue(field, seconds, "may not specify a duration less than 10 minutes")];
        if (seconds <= longest) return [];
        return [invalidValue(field, seconds, "may not specify a duration larger than 2^32 seconds")];
      },
    },
  ),
  async answer(account, request, _, { issueToken }) {
    // As where Kubernetes is run without a key to sign tokens with.
    if (!issueToken) throw new ApiError("NotFound", "the server could not find the requested resource");
    const { spec } = request as TokenRequest;
    const { audiences, ...status } = await issueToken(account, spec);
    return { ...request, spec: { ...spec, audiences }, status } as KubernetesObject;
  },
};

export const serviceaccount: OwnPart<ServiceAccount> = { subresources: [token] };
