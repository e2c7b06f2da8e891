/**
 * Services as every cluster has them: a selector with a glob becomes one by a label that the templates of its pods get; without ports,
 * for messages alone, it is headless. What its annotations say of balancing only k4s knows.
 */
import { isPlain, type JsonMap, nameLabel, serviceSelects } from "../../resources/index.ts";
import type { Notes } from "../notes.ts";
import {
  type ApiObject,
  listAt,
  mapAt,
  nameOf,
  textAt,
  textsIn,
  withFields,
  without,
} from "../objects/index.ts";
import type { Workload } from "./workload.ts";

/** What a Service has come to. */
export interface ExportedService {
  readonly object: ApiObject;
  /** The workloads that it sends to. */
  readonly workloads: ReadonlySet<Workload>;
  /** The label that the templates of these are to have; undefined: they have what it selects. */
  readonly label: string | undefined;
  /** The one pod of a set that it sends to. */
  readonly pod: string | undefined;
}

export function exportedService(
  object: ApiObject,
  workloads: readonly Workload[],
  notes: Notes,
): ExportedService {
  const about = nameOf(object);
  const spec = mapAt(object, "spec");
  const selector = textsIn(mapAt(spec, "selector"));
  const beside = workloads.filter(each => each.object.metadata.namespace === object.metadata.namespace);
  const isOrdinary = Object.entries(selector).every(([key, value]) => key !== nameLabel && isPlain(value));
  const selects = (workload: Workload, name: string) =>
    serviceSelects(selector, {
      metadata: {
        name,
        labels: textsIn(mapAt(workload.template.metadata, "labels")),
        uid: "",
        resourceVersion: "",
        creationTimestamp: "",
      },
    });
  const chosen = beside.map(workload => ({
    workload,
    names: workload.pods.filter(name => selects(workload, name)),
  }));
  const whole = chosen.filter(({ workload, names }) => names.length === workload.pods.length);
  const bare = (more: JsonMap) => ordinary(object, about, notes, more);
  const all = new Set(whole.map(({ workload }) => workload));
  if (isOrdinary) return { object: bare({}), workloads: all, label: undefined, pod: undefined };
  const partly = chosen.filter(
    ({ workload, names }) => names.length > 0 && names.length < workload.pods.length,
  );
  const [one, ...others] = partly;
  const [name, ...more] = one?.names ?? [];
  if (
    one &&
    whole.length === 0 &&
    others.length === 0 &&
    more.length === 0 &&
    one.workload.hasOrdinals &&
    name
  ) {
    const byPod = { "statefulset.kubernetes.io/pod-name": name };
    return {
      object: bare({ selector: byPod }),
      workloads: new Set([one.workload]),
      label: undefined,
      pod: name,
    };
  }
  const shown = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  for (const { workload, names } of partly)
    notes.add(
      about,
      `its selector ${shown} takes ${names} of ${workload.about} only: a label cannot say that, so none of it is selected`,
    );
  if (whole.length === 0)
    notes.add(about, `its selector ${shown} selects nothing now, and selects nothing there`);
  const label = `services.k4s.dev/${object.metadata.name}`;
  return { object: bare({ selector: { [label]: "yes" } }), workloads: all, label, pod: undefined };
}

/** Without the addresses and ports that its cluster has given it. */
function ordinary(object: ApiObject, about: string, notes: Notes, more: JsonMap): ApiObject {
  const spec = mapAt(object, "spec");
  const isHeadless = spec.clusterIP === "None";
  const type = textAt(spec, "type");
  const kept = without(
    spec,
    "clusterIP",
    "clusterIPs",
    "ipFamilies",
    "ipFamilyPolicy",
    "healthCheckNodePort",
  );
  const ports = listAt(spec, "ports");
  const nodePorts = ports.flatMap(({ nodePort }) => (nodePort === undefined ? [] : [nodePort]));
  if (nodePorts.length > 0)
    notes.add(about, `its node ports ${nodePorts} are left out: the other cluster gives it free ones`);
  const hasNoPorts = ports.length === 0 && type !== "ExternalName";
  const becomes = {
    ...kept,
    ...more,
    ...((isHeadless || hasNoPorts) && { clusterIP: "None" }),
    ...(ports.length > 0 && { ports: ports.map(port => without(port, "nodePort")) }),
  };
  const written = hasNoPorts ? without(becomes, "type", "ports") : becomes;
  return withFields(object, { spec: written }, "status");
}
