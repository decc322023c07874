import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The path of a program that this process may start: a path as it is, a name by PATH. */
export function findExecutable(name: string): string | undefined {
	// An empty entry of PATH would mean the current folder; nobody wants that here.
	const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
	const paths = name.includes("/") ? [name] : folders.map((folder) => join(folder, name));
	return paths.find((path) => {
		try {
			accessSync(path, constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});
}
