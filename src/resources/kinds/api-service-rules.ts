/** What must be right in an APIService, as in kube-aggregator's `pkg/apis/apiregistration/validation`, and how it begins. */
import type { KindRules } from "../definition/index.ts";
import { invalidValue, misnamed, required } from "../faults.ts";
import type { APIService } from "../generated/kubernetes.gen.ts";
import { dns1035Label, dnsSubdomain } from "../names.ts";

export const apiServiceRules: KindRules<APIService> = {
  validate({ metadata: { name = "" }, spec }) {
    const { group = "", version = "", groupPriorityMinimum = 0, versionPriority = 0, service } = spec ?? {};
    const named = `${version}.${group}`;
    const causes = misnamed(dns1035Label, version, "spec.version");
    if (group !== "") causes.unshift(...misnamed(dnsSubdomain, group, "spec.group"));
    else if (version !== "v1") {
      const detail = "only v1 may have an empty group and it better be legacy kube";
      causes.unshift(required("spec.group", detail));
    }
    if (name !== named) {
      const detail = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(named)}`;
      causes.unshift(invalidValue("metadata.name", name, detail));
    }
    if (groupPriorityMinimum <= 0 || groupPriorityMinimum > 20_000) {
      const detail = "must be positive and less than 20000";
      causes.push(invalidValue("spec.groupPriorityMinimum", groupPriorityMinimum, detail));
    }
    if (versionPriority <= 0 || versionPriority > 1_000) {
      const detail = "must be positive and less than 1000";
      causes.push(invalidValue("spec.versionPriority", versionPriority, detail));
    }
    if (service && !service.namespace) causes.push(required("spec.service.namespace"));
    if (service && !service.name) causes.push(required("spec.service.name"));
    return causes;
  },
  /** What is served by the API server itself is available from the first moment. */
  initialStatus({ metadata: { creationTimestamp }, spec }) {
    if (spec?.service) return {};
    const [reason, message] = ["Local", "Local APIServices are always available"];
    const available = { type: "Available", status: "True", lastTransitionTime: creationTimestamp };
    return { conditions: [{ ...available, reason, message }] };
  },
};
