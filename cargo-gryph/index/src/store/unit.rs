//! Units: crates of a version, packages of a workspace, the standard library; and sets of them.

use heed::{RoTxn, RwTxn};
use serde::{Deserialize, Serialize};

use crate::Digest;
use crate::store::{StoreError, Tables, decode, encode, number};

/// The number of a unit in an index. Numbers are not used again while the index lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UnitId(pub u32);

/// Where a unit comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A package of a workspace; it changes.
    Workspace {
        /// Its directory.
        path: String,
    },
    /// A version of a registry or a repository; it does not change.
    Registry,
    /// The standard library of a toolchain.
    Std,
}

/// A unit of code that is indexed as a whole and stored once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Unit {
    /// Its name, as its users write it in code: `serde_json`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The digest of its sources, where they are locked.
    pub checksum: Option<Digest>,
    /// Where it comes from.
    pub origin: Origin,
}

/// A unit as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Stored {
    unit: Unit,
    complete: bool,
}

/// The units that a workspace sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View(Vec<UnitId>);

impl View {
    /// A view of some units.
    pub fn new(mut units: Vec<UnitId>) -> Self {
        units.sort_unstable();
        units.dedup();
        Self(units)
    }

    /// The units, ascending.
    pub fn units(&self) -> &[UnitId] {
        &self.0
    }

    /// Whether a unit is seen.
    pub fn sees(&self, unit: UnitId) -> bool {
        self.0.binary_search(&unit).is_ok()
    }
}

/// The key under which the number of a unit is found.
fn key(unit: &Unit) -> [u8; 33] {
    let mut key = [b'k'; 33];
    key[1..].copy_from_slice(&Digest::of(&encode(unit)).0);
    key
}

/// The key of the unit of a number.
fn number_key(id: UnitId) -> [u8; 5] {
    let [a, b, c, d] = id.0.to_be_bytes();
    [b'u', a, b, c, d]
}

impl Tables {
    /// The number of a unit.
    pub(crate) fn unit_id(&self, transaction: &RoTxn<'_>, unit: &Unit) -> Result<Option<UnitId>, StoreError> {
        let found = self.units.get(transaction, &key(unit))?;
        found.map(|bytes| Ok(UnitId(number("units", bytes)?))).transpose()
    }

    /// Stores a new unit under a number.
    pub(crate) fn put_unit(
        &self,
        transaction: &mut RwTxn<'_>,
        id: UnitId,
        unit: &Unit,
    ) -> Result<(), StoreError> {
        self.units.put(transaction, &key(unit), &id.0.to_be_bytes())?;
        let stored = Stored { unit: unit.clone(), complete: false };
        Ok(self.units.put(transaction, &number_key(id), &encode(&stored))?)
    }

    /// The unit of a number, and whether all of it is indexed.
    pub(crate) fn unit(
        &self,
        transaction: &RoTxn<'_>,
        id: UnitId,
    ) -> Result<Option<(Unit, bool)>, StoreError> {
        let Some(bytes) = self.units.get(transaction, &number_key(id))? else { return Ok(None) };
        let stored: Stored = decode("units", bytes)?;
        Ok(Some((stored.unit, stored.complete)))
    }

    /// All units.
    pub(crate) fn units(&self, transaction: &RoTxn<'_>) -> Result<Vec<(UnitId, Unit)>, StoreError> {
        let mut units = Vec::new();
        for entry in self.units.prefix_iter(transaction, b"u")? {
            let (key, bytes) = entry?;
            let stored: Stored = decode("units", bytes)?;
            units.push((UnitId(number("units", &key[1..])?), stored.unit));
        }
        Ok(units)
    }

    /// Notes whether all of a unit is indexed.
    pub(crate) fn set_complete(
        &self,
        transaction: &mut RwTxn<'_>,
        id: UnitId,
        complete: bool,
    ) -> Result<(), StoreError> {
        let Some((unit, _)) = self.unit(transaction, id)? else { return Ok(()) };
        Ok(self.units.put(transaction, &number_key(id), &encode(&Stored { unit, complete }))?)
    }

    /// Removes a unit; its files are removed before.
    pub(crate) fn remove_unit(&self, transaction: &mut RwTxn<'_>, id: UnitId) -> Result<(), StoreError> {
        if let Some((unit, _)) = self.unit(transaction, id)? {
            self.units.delete(transaction, &key(&unit))?;
            self.units.delete(transaction, &number_key(id))?;
        }
        Ok(())
    }
}
