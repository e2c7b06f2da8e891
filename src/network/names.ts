/**
 * What the text in `send(to, …)` can mean, best reading first. Names are those of Kubernetes' DNS, with two short forms:
 * `pod/db-0` and `container/echo`. Which reading holds is known only to the store; the first that names something wins.
 *
 *     calculator                              a service, then a container, here
 *     calculator.math                         a service of the namespace math; or the pod `calculator` of the service `math`
 *     calculator.math.svc[.cluster.local]     the service
 *     db-0.db  ·  db-0.db.math[.svc…]         the pod db-0 of the service db
 *     pod/db-0  ·  pod/math/db-0              the pod; likewise container/… and service/…
 *     endpoints/calculator                    the service, past its HTTPRoutes
 *     pod/math/db-0/side                      one certain container of the pod, rather than its first
 */
export type Reading =
  | {
      readonly kind: "service";
      readonly namespace: string;
      readonly name: string;
      /** Its endpoints, past its HTTPRoutes. */
      readonly isPlain?: boolean;
    }
  /** A pod, named as such or as the container that it runs. */
  | {
      readonly kind: "pod";
      readonly namespace: string;
      readonly name: string;
      readonly container?: string;
    }
  /** A pod, and a service which must be there too. */
  | {
      readonly kind: "pod-of-service";
      readonly namespace: string;
      readonly name: string;
      readonly service: string;
    };

/** All readings of a target, seen from a namespace; none if it cannot be a name at all. */
export function readings(target: string, namespace: string): Reading[] {
  if (typeof target !== "string" || target.length > 400) return [];
  const slashed = target.split("/");
  if (!slashed.every(isName)) return [];
  if (slashed.length > 1) {
    const [kind = "", ...rest] = slashed;
    if (rest.length === 3 && kind.toLowerCase() === "pod") {
      const [within = "", name = "", container] = rest;
      return [{ kind: "pod", namespace: within, name, container }];
    }
    const [name = "", within = namespace] = rest.toReversed();
    if (rest.length > 2) return [];
    return ofKind(kind.toLowerCase(), within, name);
  }
  const isFull = /\.svc(\.cluster\.local)?$/.test(target);
  const parts = target.replace(/\.svc(\.cluster\.local)?$/, "").split(".");
  const [first = "", second = "", third = ""] = parts;
  switch (parts.length) {
    case 1:
      if (isFull) return [{ kind: "service", namespace, name: first }];
      return [
        { kind: "service", namespace, name: first },
        { kind: "pod", namespace, name: first },
      ];
    case 2: {
      const service: Reading = { kind: "service", namespace: second, name: first };
      if (isFull) return [service];
      // A pod's name may have a dot in it.
      return [
        service,
        { kind: "pod-of-service", namespace, name: first, service: second },
        { kind: "pod", namespace, name: target },
      ];
    }
    case 3:
      return [
        { kind: "pod-of-service", namespace: third, name: first, service: second },
        ...(isFull ? [] : [{ kind: "pod", namespace, name: target } as const]),
      ];
    default:
      return isFull ? [] : [{ kind: "pod", namespace, name: target }];
  }
}

function ofKind(kind: string, namespace: string, name: string): Reading[] {
  if (kind === "pod" || kind === "container") return [{ kind: "pod", namespace, name }];
  if (kind === "service" || kind === "svc") return [{ kind: "service", namespace, name }];
  if (kind === "endpoints") return [{ kind: "service", namespace, name, isPlain: true }];
  return [];
}

function isName(text: string): boolean {
  return /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/i.test(text) && text.length <= 253;
}
