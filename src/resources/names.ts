/**
 * What may be a name: of objects, labels, ports, finalizers. Each rule takes a text and returns what is wrong with it, as
 * sentences; none when it is right. The sentences are Kubernetes' own, for people search for them.
 */

/** The sentences that say what is wrong; empty where nothing is. */
export type NameRule = (value: string) => readonly string[];

const right: readonly string[] = [];

const labelFormat = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const label1035Format = "[a-z]([-a-z0-9]*[a-z0-9])?";
const subdomainFormat = `${labelFormat}(\\.${labelFormat})*`;
const namePartFormat = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const labelValueFormat = `(${namePartFormat})?`;

const labelPattern = whole(labelFormat);
const label1035Pattern = whole(label1035Format);
const subdomainPattern = whole(subdomainFormat);
const namePartPattern = whole(namePartFormat);
const labelValuePattern = whole(labelValueFormat);

const wildcardFormat = `\\*\\.${subdomainFormat}`;
const wildcardPattern = whole(wildcardFormat);
const wildcardSentence =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character" +
  examples(wildcardFormat, "*.example.com");
const configKeyFormat = "[-._a-zA-Z0-9]+";
const configKeyPattern = whole(configKeyFormat);
const configKeySentence =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'" +
  examples(configKeyFormat, "key.name", "KEY_NAME", "key-name");
const pathFormat = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const pathPattern = whole(pathFormat);
const pathSentence = `Invalid path${examples(pathFormat, "foo/bar")}`;

const labelSentence =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character" +
  examples(labelFormat, "my-name", "123-abc");
const label1035Sentence =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character" +
  examples(label1035Format, "my-name", "abc-123");
const subdomainSentence =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character" +
  examples(subdomainFormat, "example.com");
const namePartSentence =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character" +
  examples(namePartFormat, "MyName", "my.name", "123-abc");
const labelValueSentence =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character" +
  examples(labelValueFormat, "MyValue", "my_value", "12345");

/** A DNS label, `my-name`: namespaces, containers, ports of slices. */
export const dnsLabel: NameRule = value => {
  if (value.length <= 63 && labelPattern.test(value)) return right;
  if (value.length > 63) return tooLong(63, labelPattern.test(value) ? [] : [labelSentence]);
  return [subdomainPattern.test(value) ? "must not contain dots" : labelSentence];
};

/** A DNS label that starts with a letter: services, whose names become host names and variables. */
export const dns1035Label: NameRule = value => checked(value, 63, label1035Pattern, label1035Sentence);

/** Labels joined by dots, `example.com`: the names of most objects. */
export const dnsSubdomain: NameRule = value => checked(value, 253, subdomainPattern, subdomainSentence);

/** A subdomain whose first label is an asterisk, `*.example.com`: the hosts of an Ingress. */
export const wildcardSubdomain: NameRule = value => checked(value, 253, wildcardPattern, wildcardSentence);

/** A key of a ConfigMap or a Secret: the name of a file. */
export const configKey: NameRule = value => {
  const wrong = [...checked(value, 253, configKeyPattern, configKeySentence)];
  if (value === ".") wrong.push("must not be '.'");
  if (value === "..") wrong.push("must not be '..'");
  else if (value.startsWith("..")) wrong.push("must not start with '..'");
  return wrong;
};

/** A domain with at least three segments: the name of a webhook. */
export const fullyQualifiedName: NameRule = value => {
  const wrong = dnsSubdomain(value);
  if (wrong.length > 0) return wrong;
  return value.split(".").length < 3
    ? ["should be a domain with at least three segments separated by dots"]
    : right;
};

/** A domain and a path, `example.com/controller`. */
export const domainPrefixedPath: NameRule = value => {
  const slash = value.indexOf("/");
  if (slash <= 0 || slash === value.length - 1)
    return ['must be a domain-prefixed path (such as "acme.io/foo")'];
  const domain = dnsSubdomain(value.slice(0, slash));
  if (domain.length > 0) return domain;
  return pathPattern.test(value.slice(slash + 1)) ? right : [pathSentence];
};

/** Whatever can be one step of a URL's path. */
export const pathSegment: NameRule = value => {
  if (value === "." || value === "..") return [`may not be '${value}'`];
  const found = ["/", "%"].filter(each => value.includes(each));
  return found.map(each => `may not contain '${each}'`);
};

/** The key of a label, `app` or `example.com/app`. */
export const labelKey: NameRule = value => qualified(value, "a valid label key ");

/** A name with an optional domain in front, `example.com/MyName`: finalizers, conditions, resources. */
export const qualifiedName: NameRule = value => qualified(value, "a qualified name ");

export const labelValue: NameRule = value => checked(value, 63, labelValuePattern, labelValueSentence);

/** The name of a port, `http`: at most 15 characters, at least one letter. */
export const portName: NameRule = value => {
  const wrong: string[] = [];
  if (value.length > 15) wrong.push("must be no more than 15 characters");
  if (!/^[-a-z0-9]+$/.test(value)) {
    wrong.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!/[a-z]/.test(value)) wrong.push("must contain at least one letter (a-z)");
  if (value.includes("--")) wrong.push("must not contain consecutive hyphens");
  if (/^-|-$/.test(value)) wrong.push("must not begin or end with a hyphen");
  return wrong;
};

/** The name of an environment variable: anything that can be printed, but no `=`. */
export const variableName: NameRule = value => {
  if (value.length > 0 && /^[ -<>-~]+$/.test(value)) return right;
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
};

function qualified(value: string, what: string): readonly string[] {
  const slash = value.indexOf("/");
  if (slash !== value.lastIndexOf("/")) {
    return [
      `${what}${namePartSentence} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const wrong: string[] = [];
  if (slash >= 0) {
    const prefix = value.slice(0, slash);
    if (prefix === "") wrong.push("prefix part must be non-empty");
    else wrong.push(...dnsSubdomain(prefix).map(each => `prefix part ${each}`));
  }
  const name = value.slice(slash + 1);
  if (name === "") wrong.push("name part must be non-empty");
  else if (name.length > 63) wrong.push("name part must be no more than 63 characters");
  if (!namePartPattern.test(name)) wrong.push(`name part ${namePartSentence}`);
  return wrong.length === 0 ? right : wrong;
}

function checked(value: string, maxLength: number, pattern: RegExp, sentence: string): readonly string[] {
  const fits = pattern.test(value);
  if (fits && value.length <= maxLength) return right;
  const wrong = fits ? [] : [sentence];
  return value.length > maxLength ? tooLong(maxLength, wrong) : wrong;
}

function tooLong(maxLength: number, wrong: readonly string[]): readonly string[] {
  return [`must be no more than ${maxLength} characters`, ...wrong];
}

function whole(format: string): RegExp {
  return new RegExp(`^(?:${format})$`);
}

/** Two blanks after the comma, as Kubernetes prints it. */
function examples(format: string, ...each: string[]): string {
  return ` (e.g. ${each.map(text => `'${text}'`).join(",  or ")}, regex used for validation is '${format}')`;
}
