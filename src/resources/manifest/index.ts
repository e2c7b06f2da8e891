/** The door of manifest/: YAML and JSON texts, read into objects that know their line and column. */
export { hasDialect, requestInKubernetesTerms } from "./dialect.ts";
export { locate, type ManifestDocument } from "./locate.ts";
export { type ManifestOptions, plainManifest, readManifest } from "./manifest.ts";
export { plainDocuments, plainYaml, yamlValue } from "./yaml-value.ts";
