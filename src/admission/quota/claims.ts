/** Of claims a quota limits the storage that they ask for, of all classes or of one. */
import { type PersistentVolumeClaim, parseQuantity, type Quantity } from "../../resources/index.ts";
import { fitsNames, type QuotaEvaluator } from "./evaluator.ts";

const ofClasses = ".storageclass.storage.k8s.io/";

export const claims: QuotaEvaluator<PersistentVolumeClaim> = {
  limits: resource => resource === "requests.storage" || resource.includes(ofClasses),
  usage({ spec: { resources, storageClassName } = {} }) {
    const usage = new Map<string, Quantity>();
    const storage = resources?.requests?.storage;
    if (storage) usage.set("requests.storage", parseQuantity(storage));
    if (!storageClassName) return usage;
    usage.set(`${storageClassName}${ofClasses}persistentvolumeclaims`, parseQuantity("1"));
    if (storage) usage.set(`${storageClassName}${ofClasses}requests.storage`, parseQuantity(storage));
    return usage;
  },
  /** The class that it asks for, those that it has and is getting: each of them counts. */
  fits(requirement, { spec, status }) {
    if (requirement.scopeName !== "VolumeAttributesClass") return false;
    const names = [
      spec?.volumeAttributesClassName,
      status?.currentVolumeAttributesClassName,
      status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
    ];
    return fitsNames(names.filter(name => name !== undefined && name !== "") as string[], requirement);
  },
};
