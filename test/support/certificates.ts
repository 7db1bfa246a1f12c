// Certificates for tests: those of the examples.

export {
  createCertificateAuthority,
  type Certificate,
  type CertificateAuthority,
} from '../../examples/quickstart/demo-certificates.ts';
