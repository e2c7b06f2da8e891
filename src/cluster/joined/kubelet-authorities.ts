/**
 * By whom a node that has joined knows others: the kubelets that it asks, and who asks its own. The cluster tells it in a ConfigMap, for the
 * authority of its API server is that of neither, where it shows a certificate from elsewhere.
 */
import type { ServerConnection } from "../../client/index.ts";
import { ApiError } from "../../errors/index.ts";
import type { ConfigMap } from "../../resources/index.ts";
import { kubeletAuthoritiesName, kubeletAuthorityKeys } from "../objects/index.ts";

/** Certificates, PEM. */
export interface KubeletAuthorities {
  readonly serving: string;
  readonly client: string;
}

const silenceMs = 10_000;

/** Asked for once, and again where it could not be had. */
export function kubeletAuthorities(
  connection: Pick<ServerConnection, "json">,
): () => Promise<KubeletAuthorities> {
  let known: Promise<KubeletAuthorities> | undefined;
  return () => {
    const asked = known ?? read(connection);
    known = asked;
    asked.catch(() => {
      if (known === asked) known = undefined;
    });
    return asked;
  };
}

async function read(connection: Pick<ServerConnection, "json">): Promise<KubeletAuthorities> {
  const path = `/api/v1/namespaces/kube-system/configmaps/${kubeletAuthoritiesName}`;
  const { data = {} } = await connection.json<ConfigMap>(path, { silenceMs });
  const { [kubeletAuthorityKeys.serving]: serving, [kubeletAuthorityKeys.client]: client } = data;
  if (serving && client) return { serving, client };
  const why = `ConfigMap kube-system/${kubeletAuthoritiesName} does not say by whom kubelets are known`;
  throw new ApiError("ServiceUnavailable", why);
}
