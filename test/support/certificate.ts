// For tests of TLS only: a self-signed certificate of hooks.example.com, good for a hundred years, and its key. Made with
// openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=hooks.example.com
//   -addext subjectAltName=DNS:hooks.example.com

export const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBrTCCAVOgAwIBAgIUNY6wH7f14o9syX7LneFRzRqoTYwwCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRaG9va3MuZXhhbXBsZS5jb20wIBcNMjYxMTIzMDc0OTUwWhgP
MjEyNjEwMzAwNzQ5NTBaMBwxGjAYBgNVBAMMEWhvb2tzLmV4YW1wbGUuY29tMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEs4KOjehaGVZzmQLULMEliJjxAROx8JrQ
27385xj5Zrk8k0WjnWgDqOm/YivxFopMNd+dUGXEHTDfZRlRaDGlxKNxMG8wHQYD
VR0OBBYEFB23dNAdXyMZvTXDADyU7WiEyBJAMB8GA1UdIwQYMBaAFB23dNAdXyMZ
vTXDADyU7WiEyBJAMA8GA1UdEwEB/wQFMAMBAf8wHAYDVR0RBBUwE4IRaG9va3Mu
ZXhhbXBsZS5jb20wCgYIKoZIzj0EAwIDSAAwRQIhAM/vHGC3mWHozhyCfY3rEMPz
1nfsG+WdSgXwLulsrFT3AiBtzV/dkpBdYCuLIvr7g1mEwGJdfaezQhFK/oN36a5N
7Q==
-----END CERTIFICATE-----
`;

export const TEST_CERTIFICATE_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgK/OXMC5iS9eejTzY
TA75jGeLDc3oKGcBitmqmG7fgO6hRANCAASzgo6N6FoZVnOZAtQswSWImPEBE7Hw
mtDbvfznGPlmuTyTRaOdaAOo6b9iK/EWikw1351QZcQdMN9lGVFoMaXE
-----END PRIVATE KEY-----
`;
