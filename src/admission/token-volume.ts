/**
 * The volume by which a container acts as the account of its pod: a token, the certificate of the API server and the namespace,
 * as files under one path. It is added to every pod, unless the pod, or else its account, says that it is not wanted.
 *
 * Kubernetes gives the volume of each pod a random name. Here it is one name for each account: then ten thousand pods of one
 * template share one spec, and nobody can tell, for a volume's name means something within its pod alone.
 */
import { hash } from "node:crypto";
import type { PodContainer, PodSpec, ServiceAccount, Volume } from "../resources/index.ts";

const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
/** A token is given for an hour; the seconds above tell such a token from one that was asked for. */
const tokenSeconds = 3607;
const readableByAll = 0o644;

/** The same spec where the volume is not wanted, or every container has something at its path. */
export function withTokenVolume(spec: PodSpec, account: ServiceAccount): PodSpec {
  if (!(spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true)) return spec;
  const { containers, initContainers, volumes = [] } = spec;
  if (![...containers, ...(initContainers ?? [])].some(lacksMount)) return spec;
  const name = freeName(volumes, account);
  const mounted = (container: PodContainer): PodContainer =>
    lacksMount(container)
      ? {
          ...container,
          volumeMounts: [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath }],
        }
      : container;
  return {
    ...spec,
    volumes: [...volumes, tokenVolume(name)],
    ...(initContainers && { initContainers: initContainers.map(mounted) }),
    containers: containers.map(mounted),
  };
}

function lacksMount({ volumeMounts = [] }: PodContainer): boolean {
  return !volumeMounts.some(mount => mount.mountPath === mountPath);
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: tokenSeconds, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        {
          downwardAPI: {
            items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
          },
        },
      ],
      defaultMode: readableByAll,
    },
  };
}

/** The letters of Kubernetes' random names: no vowels, so that no words come out. */
const letters = "bcdfghjklmnpqrstvwxz2456789";

/** A copy of a pod, as `kubectl debug --copy-to` makes one, brings the volume of its original along. */
function freeName(volumes: readonly Volume[], account: ServiceAccount): string {
  for (let attempt = 0; ; attempt++) {
    const name = `kube-api-access-${suffixFor(account, attempt)}`;
    if (!volumes.some(volume => volume.name === name)) return name;
  }
}

function suffixFor({ metadata: { namespace, name } }: ServiceAccount, attempt: number): string {
  const bytes = hash(
    "sha256",
    `${namespace}/${name}${attempt === 0 ? "" : `/${attempt}`}`,
    "buffer",
  ).subarray(0, 5);
  return Array.from(bytes, byte => letters[byte % letters.length]).join("");
}
