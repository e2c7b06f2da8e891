/** How client-node writes the types of its models' fields: `string`, `Array<V1Container>`, `{ [key: string]: string; }`, … */

export const listOf = (type: string) => /^Array<(.*)>$/.exec(type)?.[1];
export const mapOf = (type: string) => /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
export const isTime = (type: string) => type === "Date" || type === "V1MicroTime";
export const isModel = (type: string) => /^([A-Z][a-z]+)?V\d/.test(type) && !isScalar(type);
/** The models that are texts in JSON. */
export const isScalar = (model: string) => ["V1MicroTime", "V1Time"].includes(model);
