import Module from "node:module";

/** A package that cannot be loaded, as where the files of a program are replaced beneath it. */
export function setUp(name) {
	const { _resolveFilename: resolve } = Module;
	Module._resolveFilename = (request, ...rest) => {
		if (request === name) throw new Error(`${name} is gone`);
		return resolve(request, ...rest);
	};
}
