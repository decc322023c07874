/** A repository with tests: its URL, or the folder of a clone. */
export interface Origin {
	readonly repository: string;
	/** Where the versions are made from; its tests serve where the version in use has no tag yet. */
	readonly branch: string;
}

/** A framework's own tests, and how to run them. */
export interface Suite {
	readonly name: string;
	/** The package, and the folder in `tests/node_modules` that says which version is in use. */
	readonly package: string;
	readonly folder: string;
	/** Where the tests are, when the package comes without them. */
	readonly origin?: Origin;
	readonly runner: "node:test" | "mocha";
	/** Whether all files run in one process, and not each in its own. */
	readonly isOneProcess: boolean;
	readonly files: string;
	/** What puts us into it. */
	readonly preload: string;
}

const EXPRESS = {
	package: "express",
	runner: "mocha",
	isOneProcess: true,
	files: "test/{*,acceptance/*}.js",
	preload: "with-express.ts",
} as const;

const REPOSITORY = "https://github.com/expressjs/express.git";

export const SUITES: readonly Suite[] = [
	{
		name: "Fastify",
		package: "fastify",
		folder: "fastify",
		runner: "node:test",
		isOneProcess: false,
		files: "test/**/*.test.{js,mjs}",
		preload: "with-fastify.ts",
	},
	{ name: "Express 5", folder: "express", origin: { repository: REPOSITORY, branch: "master" }, ...EXPRESS },
	{ name: "Express 4", folder: "express4", origin: { repository: REPOSITORY, branch: "4.x" }, ...EXPRESS },
];
