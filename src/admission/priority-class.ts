/** Priority, of the classes themselves: one of them at most is the default, and those of the system stay. */
import { type PriorityClass, systemPriorityClasses } from "../resources/index.ts";
import { forbidden } from "../store/index.ts";
import type { AdmissionPlugin } from "./plugin.ts";

export const priorityClass: AdmissionPlugin = {
  name: "Priority",
  on: [{ operations: ["CREATE", "UPDATE", "DELETE"], kinds: ["PriorityClass"] }],
  validate(object, { kind, name, operation, old }, reader) {
    if (operation === "DELETE") {
      if (systemPriorityClasses.has(name))
        throw forbidden(kind, name, "this is a system priority class and cannot be deleted");
      return;
    }
    const { globalDefault } = object as PriorityClass;
    if (!globalDefault || (old as PriorityClass | undefined)?.globalDefault) return;
    const [other] = reader
      .list("PriorityClass")
      .filter(each => each.globalDefault && each.metadata.name !== name);
    if (!other) return;
    const why = `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`;
    throw forbidden(kind, name, why);
  },
};
