/** DefaultIngressClass: an Ingress that names no class gets the one that is marked as the default, if there is one. */
import type { Ingress } from "../resources/index.ts";
import { pluginFor } from "./plugin.ts";

const mark = "ingressclass.kubernetes.io/is-default-class";
/** The older way to name a class. */
const olderName = "kubernetes.io/ingress.class";

export const defaultIngressClass = pluginFor<Ingress>({
  name: "DefaultIngressClass",
  on: [{ operations: ["CREATE"], kinds: ["Ingress"] }],
  mutate(ingress, _, reader) {
    const { metadata, spec } = ingress;
    if (spec?.ingressClassName !== undefined || metadata.annotations?.[olderName] !== undefined)
      return ingress;
    const found = reader.list("IngressClass").find(each => each.metadata.annotations?.[mark] === "true");
    return found ? { ...ingress, spec: { ...spec, ingressClassName: found.metadata.name } } : ingress;
  },
});
