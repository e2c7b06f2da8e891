/**
 * Under which subjects of NATS services and pods are reached, and what a name in `api.request(name)` may mean. The receivers of a
 * service share a queue group, so that NATS gives each message to one of them.
 */

/** One group for all: members are those that listen to one subject. */
export const queueGroup = "k4s";

export const serviceSubject = (namespace: string, service: string) => subject("service", namespace, service);
/** A pod by its name, or what k4s called a Container, by its own. */
export const podSubject = (namespace: string, pod: string) => subject("pod", namespace, pod);
/** One container, as long as its process is there. */
export const instanceSubject = (instance: string) => subject("instance", instance);

function subject(...parts: readonly string[]): string {
  // Names of pods may have dots, which separate the parts of a subject; and none has an underscore.
  return ["k4s", ...parts.map(part => part.replaceAll(".", "_"))].join(".");
}

const validName = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/**
 * The subjects to try one after the other, as long as nobody listens to one. Which of them there is only a cluster of k4s could look up.
 * Empty for what can be no name.
 */
export function subjectsOf(to: string, namespace: string): string[] {
  const [kind = "", ...rest] = to.split("/");
  if (rest.length > 1) return [];
  const [name = kind] = rest;
  if (!validName.test(name)) return [];
  if (rest.length === 1) {
    if (kind === "service") return [serviceSubject(namespace, name)];
    return kind === "pod" || kind === "container" ? [podSubject(namespace, name)] : [];
  }
  const bare = name.replace(/\.svc(\.cluster\.local)?$/, "");
  const [first = "", second, third, ...more] = bare.split(".");
  if (second === undefined) return [serviceSubject(namespace, first), podSubject(namespace, first)];
  // `db-0.db.shop` is a pod of a headless Service; `db-0.db` too, where it is not the Service `db-0` of a namespace.
  if (third !== undefined)
    return more.length > 0 ? [podSubject(namespace, name)] : [podSubject(third, first)];
  const service = serviceSubject(second, first);
  return bare === name ? [service, podSubject(namespace, first), podSubject(namespace, name)] : [service];
}
