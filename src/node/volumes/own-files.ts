/**
 * What a container has of its own without a volume: the files that the kubelet writes for it (`/etc/hosts`, `/etc/hostname`,
 * `/etc/resolv.conf`), and the root folder, if its image is one of the catalogue. They are made when they are first asked for
 * (worker/files/), for few containers ever do.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Pod, PodContainer } from "../../resources/index.ts";
import type { Mount } from "../../worker/index.ts";
import { fullNameOf, hostnameOf, resolverConfigOf, shortNameOf } from "../containers/index.ts";

/**
 * @param hasRoot whether its root folder is its own, and not that of the machine
 * @param place a folder that only this container has; it need not be there
 */
export function ownFiles(
  pod: Pod,
  podIP: string,
  container: PodContainer,
  hasRoot: boolean,
  place: string,
): readonly Mount[] {
  const texts: Readonly<Record<string, string | undefined>> = {
    "/etc/hosts": hosts(pod, podIP),
    "/etc/hostname": `${hostnameOf(pod)}\n`,
    "/etc/resolv.conf": resolvConf(pod),
    [terminationLogOf(container)]: "",
  };
  const files = Object.entries(texts).flatMap(([path, text]): Mount[] =>
    text === undefined ? [] : [{ path, place: join(place, path), made: { text } }],
  );
  const { workingDir, securityContext } = container;
  if (hasRoot) {
    const isReadOnly = securityContext?.readOnlyRootFilesystem === true;
    return [...files, { path: "/", place: join(place, "root"), made: "image", isReadOnly }];
  }
  // A folder to work in is made where there is none, as container runtimes do.
  if (workingDir === undefined || existsSync(workingDir)) return files;
  return [...files, { path: workingDir, place: join(place, workingDir), made: "folder" }];
}

/** The file in which a container may say why it ends. */
export function terminationLogOf({ terminationMessagePath }: PodContainer): string {
  return terminationMessagePath ?? "/dev/termination-log";
}

/** As the kubelet writes it, with the entries that the pod asks for. */
function hosts(pod: Pod, podIP: string): string {
  const { hostAliases = [] } = pod.spec;
  const names = [fullNameOf(pod), shortNameOf(pod)].filter(name => name !== "");
  const lines = [
    "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::\tip6-localnet",
    "fe00::\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
    `${podIP}\t${names.join("\t")}`,
  ];
  if (hostAliases.length > 0) lines.push("", "# Entries added by HostAliases.");
  for (const { ip, hostnames = [] } of hostAliases) lines.push(`${ip}\t${hostnames.join("\t")}`);
  return `${lines.join("\n")}\n`;
}

/** Undefined where it is the machine's own. */
function resolvConf(pod: Pod): string | undefined {
  const config = resolverConfigOf(pod);
  if (!config) return undefined;
  const { searches, servers, options } = config;
  return [
    ...(searches.length > 0 ? [`search ${searches.join(" ")}`] : []),
    ...servers.map(server => `nameserver ${server}`),
    ...(options.length > 0 ? [`options ${options.join(" ")}`] : []),
    "",
  ].join("\n");
}
