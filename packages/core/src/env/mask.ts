import { isSecret, MASK } from "./secret.ts";
import { maskUrl } from "./url.ts";

const SECRET_NAME =
	/SECRET|PASSWORD|PASSWD|PASSPHRASE|PWD|TOKEN|CREDENTIAL|PRIVATE|SIGNATURE|API_?KEY|KEY$|SALT$|PEPPER$|AUTH$|DSN$/i;

/** Whether a variable or a key of a JSON value is named like something that must not be shown. */
export function isSecretName(name: string): boolean {
	return SECRET_NAME.test(name);
}

/** The value as it may be shown: secrets by name and credentials in URLs are hidden, all the way down. */
export function maskValue(name: string, value: unknown, depth = 0): unknown {
	if (value === undefined || value === null || typeof value === "boolean") return value;
	// A Secret hides itself, and says how it wants to be shown.
	if (isSecret(value)) return value;
	if (isSecretName(name)) return MASK;
	if (typeof value === "string") return maskUrl(value);
	if (value instanceof URL) return maskUrl(value.href);
	if (typeof value !== "object") return value;
	// A schema may give anything, also an object that holds itself.
	if (depth > 8) return "[deep]";
	if (Array.isArray(value)) return value.map((item) => maskValue("", item, depth + 1));
	const prototype = Object.getPrototypeOf(value);
	if (prototype !== Object.prototype && prototype !== null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, part]) => [key, maskValue(key, part, depth + 1)]),
	);
}
