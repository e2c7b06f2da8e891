/** The door of pods/: the pods of a template, as another cluster takes them. */
export { containersIn, exportedPodSpec, runsWorkers } from "./exported-pod.ts";
