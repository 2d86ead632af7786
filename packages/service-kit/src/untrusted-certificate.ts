/** Node's codes for a certificate that is not trusted: nobody known signed it, it is too old, or it cannot be checked. */
export const untrustedCertificate = /\b(?:\w*_CERT|CERT_\w+|UNABLE_TO_\w+|INVALID_CA)\b/;
