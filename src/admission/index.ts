/** The door of admission/: what a write must pass before it is stored. */
export { AdmissionChain } from "./chain.ts";
export { type AdmissionPlugin, storeReader } from "./plugin.ts";
export { type AdmissionOptions, builtInPlugins, pluginsFor } from "./plugins.ts";
export { usedOf } from "./quota/index.ts";
