//! Sealing: secrets that come, the same ones bound to something else, and envelopes made anew.

use peta_model::TenantId;
use zeroize::Zeroizing;

use super::{BOUND, NotSealed, PRINTS, SECRET, Safe, Sealed};
use crate::{
    envelope::SealError,
    place::Kind,
    sanitize::{Fingerprints, Secret, forms},
};

impl Safe {
    /// Seals a secret for this object and version, bound to what it may be used for, and makes its fingerprints.
    pub fn seal(
        &self,
        (tenant, object, version): (TenantId, [u8; 16], u64),
        bound: &[u8],
        secret: &Secret<'_>,
    ) -> Result<Sealed, NotSealed> {
        self.seal_with((tenant, object, version), bound, secret, &[])
    }

    /// The same with more beside it, which is never lent: what the secret is renewed with.
    pub fn seal_with(
        &self,
        (tenant, object, version): (TenantId, [u8; 16], u64),
        bound: &[u8],
        secret: &Secret<'_>,
        beside: &[(&str, &[u8])],
    ) -> Result<Sealed, NotSealed> {
        let forms = forms(secret)?;
        let prints = Zeroizing::new(Fingerprints::of(&forms, &self.digester(tenant)?).to_bytes());
        let (ring, random) = (self.ring(), &mut **self.random());
        let place = self.place(tenant, Kind::Credential, object, version);
        let fields = [&[(SECRET, secret.bytes), (BOUND, bound)], beside].concat();
        let envelope = ring.seal(&place, &fields, random)?;
        let place = self.place(tenant, Kind::Fingerprints, object, version);
        let prints = ring.seal(&place, &[(PRINTS, &prints)], random)?;
        Ok(Sealed { envelope, prints, weak: forms.weak() })
    }

    /// The same secret, bound to something else. The version must be another one.
    pub fn bind_anew(
        &self,
        envelope: &[u8],
        (tenant, object, from, to): (TenantId, [u8; 16], u64, u64),
        bound: &[u8],
    ) -> Result<Vec<u8>, NotSealed> {
        let (ring, random) = (self.ring(), &mut **self.random());
        let opened =
            ring.open(envelope, &self.place(tenant, Kind::Credential, object, from)).map_err(SealError::from)?;
        let names: Vec<&str> = opened.fields().map(|(name, _)| name).filter(|name| *name != BOUND).collect();
        let plain: Vec<Zeroizing<Vec<u8>>> =
            names.iter().map(|name| opened.open(name)).collect::<Result<_, _>>().map_err(SealError::from)?;
        let kept = names.iter().copied().zip(plain.iter().map(|bytes| bytes.as_slice()));
        let fields: Vec<(&str, &[u8])> = kept.chain([(BOUND, bound)]).collect();
        let place = self.place(tenant, Kind::Credential, object, to);
        Ok(ring.seal(&place, &fields, random)?)
    }

    /// The fingerprints of a version, sealed for another one: the secret is the same.
    pub fn prints_anew(
        &self,
        sealed: &[u8],
        (tenant, object, from, to): (TenantId, [u8; 16], u64, u64),
    ) -> Result<Vec<u8>, NotSealed> {
        let (ring, random) = (self.ring(), &mut **self.random());
        let opened =
            ring.open(sealed, &self.place(tenant, Kind::Fingerprints, object, from)).map_err(SealError::from)?;
        let prints = opened.open(PRINTS).map_err(SealError::from)?;
        let place = self.place(tenant, Kind::Fingerprints, object, to);
        Ok(ring.seal(&place, &[(PRINTS, &prints)], random)?)
    }

    /// Wraps what an envelope is sealed with under the current key. True if it was not already.
    pub fn rewrap(
        &self,
        envelope: &mut [u8],
        (tenant, kind, object, version): (TenantId, Kind, [u8; 16], u64),
    ) -> Result<bool, SealError> {
        self.ring().rewrap(envelope, &self.place(tenant, kind, object, version), &mut **self.random())
    }

    /// The same fields under a new key of their own.
    pub fn reseal(
        &self,
        envelope: &[u8],
        (tenant, kind, object, version): (TenantId, Kind, [u8; 16], u64),
    ) -> Result<Vec<u8>, SealError> {
        let (ring, random) = (self.ring(), &mut **self.random());
        let place = self.place(tenant, kind, object, version);
        let opened = ring.open(envelope, &place)?;
        let names: Vec<String> = opened.fields().map(|(name, _)| name.to_owned()).collect();
        let plain: Vec<Zeroizing<Vec<u8>>> = names.iter().map(|name| opened.open(name)).collect::<Result<_, _>>()?;
        let fields: Vec<(&str, &[u8])> =
            names.iter().zip(&plain).map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        ring.seal(&place, &fields, random)
    }
}
