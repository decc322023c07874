import assert from "node:assert/strict";
import { test } from "node:test";
import { isSecretParameter, type KeyKind, keyKind, rememberedNames } from "./sensitive-keys.ts";

const TABLE: Readonly<Record<KeyKind, string>> = {
	secret: `authorization Authorization PROXY-AUTHORIZATION proxy_authorization authHeader cookie Cookie set-cookie
		Set-Cookie2 sessionCookie x-api-key X-Api-Key apiKey api_key API-KEY apikey APIKEY stripeApiKey password Password
		userPassword user_password newPassword password2 passwordHash password_confirmation DB_PASSWORD PGPASSWORD passwd
		pwd passphrase passcode secret SESSION_SECRET clientSecret client_secret secretKeyBase secretAccessKey
		aws_secret_access_key SharedAccessKey AccountKey token Token accessToken access_token ACCESS_TOKEN refresh_token
		id_token idToken csrfToken X-CSRF-Token x-xsrf-token X-Amz-Security-Token githubToken tokenValue tokenHash
		privateKey private_key signing.key encryptionKey sessionId session_id sessionID JSESSIONID PHPSESSID
		cardNumber card_number creditCardNumber creditCard ccNumber cvv CVV2 cvc securityCode otp otpCode TOTP
		pinCode pin_code verificationCode authorization_code mfaCode 2faCode recoveryCode code_verifier SAMLResponse
		user[password] db.password Ocp-Apim-Subscription-Key`,
	secrets:
		"tokens passwords secrets cookies apiKeys maxTokens prompt_tokens recoveryCodes sessionIds privateKeys",
	text: "auth basicAuth pass userPass smtp_pass DB_PASS pin csrf _csrf xsrf jwt JWT sid connect.sid session credentials",
	plain: `tokenCount tokenType token_type tokenExpiresAt tokenUsage prompt_tokens_details nextPageToken pageToken
		next_token continuationToken cancelToken tokenize tokenizer author authority authors authorName authorized
		authorizationUrl authenticated keyboard keyCode key keys keyId publicKey primaryKey cacheKey idempotencyKey
		accessKeyId monkey donkey description passed passes passenger passport bypass compass password_length
		passwordChangedAt passwordLess cookieName cookieCount cookieParser xsrfCookieName xsrfHeaderName secretary
		secretName secretArn session_count sessionStarted sessions code errorCode statusCode zipCode postalCode
		countryCode pinned pinned_at spin mapping opinion option adopt capability card cardBrand cardLast4 signature
		certificate user username email name id url path method headers host status message stack type level time
		inside reside outside cvcs-provider hash digest value string state nonce grant_type scope user-agent
		x-forwarded-for content-type etag if-none-match sec-websocket-key www-authenticate ssl pid hostname`,
};

for (const [kind, names] of Object.entries(TABLE)) {
	test(`names that are ${kind}`, () => {
		for (const name of names.split(/\s+/)) assert.equal(keyKind(name), kind, name);
	});
}

test("a query parameter may be a secret under a name that means nothing elsewhere", () => {
	for (const name of [
		"code",
		"key",
		"sig",
		"signature",
		"X-Amz-Signature",
		"X-Amz-Credential",
		"ticket",
		"token",
	])
		assert.equal(isSecretParameter(name), true, name);
	for (const name of ["page", "q", "sort", "keyword", "codec", "zipcode", "state", "X-Amz-Date", "design"])
		assert.equal(isSecretParameter(name), false, name);
});

test("names that requests bring do not pile up", () => {
	for (let index = 0; index < 10_000; index++) keyKind(`name-${index}-x`);
	assert.ok(rememberedNames() <= 2_000);
	const before = rememberedNames();
	keyKind(`${"x".repeat(1_000_000)}password`);
	assert.equal(rememberedNames(), before);
});

test("the end of a long name is what tells", () => {
	assert.equal(keyKind(`${"x".repeat(100_000)}Password`), "secret");
	assert.equal(keyKind("1".repeat(100_000)), "plain");
});
