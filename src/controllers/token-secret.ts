/**
 * Fills Secrets of the type `kubernetes.io/service-account-token`: with a token of the account that they name, which never runs
 * out, its namespace, and the certificate of the cluster's authority where there is one. What names no account that is there is
 * deleted, as in Kubernetes (`pkg/controller/serviceaccount/tokens_controller.go`): its token would be worth nothing.
 */
import type { Authority, ServiceAccountTokens } from "../access/index.ts";
import { type Controller, controller, keyOfObject, settled, type Waker } from "../loop/index.ts";
import { isTerminating, type Secret } from "../resources/index.ts";

const type = "kubernetes.io/service-account-token";
const nameAnnotation = "kubernetes.io/service-account.name";
const uidAnnotation = "kubernetes.io/service-account.uid";

const ofAccount: Waker = {
  kind: "ServiceAccount",
  *keys({ object: { metadata } }, reader) {
    for (const secret of reader.list("Secret", { namespace: metadata.namespace }))
      if (secret.type === type && secret.metadata.annotations?.[nameAnnotation] === metadata.name)
        yield keyOfObject("Secret", secret);
  },
};

/** @param authority undefined as long as there is none */
export function tokenSecret(
  tokens: Pick<ServiceAccountTokens, "issueFor">,
  authority: () => Authority | undefined,
): Controller<"Secret"> {
  return controller({
    name: "tokens-controller",
    kind: "Secret",
    wokenBy: [ofAccount],
    async reconcile(secret, world) {
      if (secret.type !== type || isTerminating(secret)) return settled;
      const { namespace = "", annotations = {} } = secret.metadata;
      const account = world.get("ServiceAccount", namespace, annotations[nameAnnotation] ?? "");
      const meant = annotations[uidAnnotation];
      if (!account || (meant && meant !== account.metadata.uid)) {
        await world.delete(secret);
        return settled;
      }
      const known = secret.data ?? {};
      const token = known.token || inBase64(await tokens.issueFor(account, secret));
      const certificate = authority()?.trusted;
      const data = {
        ...known,
        token,
        namespace: known.namespace || inBase64(namespace),
        ...(certificate && { "ca.crt": inBase64(certificate) }),
      };
      if (meant && isAlike(known, data)) return settled;
      const metadata = {
        ...secret.metadata,
        annotations: { ...annotations, [uidAnnotation]: account.metadata.uid },
      };
      await world.update<Secret>({ ...secret, metadata, data });
      return settled;
    },
  });
}

function isAlike(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  return Object.entries(other).every(([key, value]) => one[key] === value);
}

function inBase64(text: string): string {
  return Buffer.from(text).toString("base64");
}
