//! Counters of the index, and the number of the batch that was committed last.

use heed::{RoTxn, RwTxn};
use serde::{Deserialize, Serialize};

use crate::store::{StoreError, Tables, decode, encode, number};
use crate::{Digest, ItemId, UnitId, View};

/// The key of the counters.
const COUNTERS: &[u8] = b"counters";

/// The numbers that are given next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counters {
    /// The batch that was committed last.
    pub(crate) batch: u64,
    /// The next item.
    pub(crate) item: u32,
    /// The next unit.
    pub(crate) unit: u32,
}

impl Tables {
    /// The counters as they were committed.
    pub(crate) fn counters(&self, transaction: &RoTxn<'_>) -> Result<Counters, StoreError> {
        match self.meta.get(transaction, COUNTERS)? {
            Some(bytes) => decode("meta", bytes),
            None => Ok(Counters::default()),
        }
    }

    /// Writes the counters.
    pub(crate) fn put_counters(
        &self,
        transaction: &mut RwTxn<'_>,
        counters: Counters,
    ) -> Result<(), StoreError> {
        Ok(self.meta.put(transaction, COUNTERS, &encode(&counters))?)
    }

    /// The items that are to be deleted in the full text, ascending.
    pub(crate) fn graves(&self, transaction: &RoTxn<'_>) -> Result<Vec<ItemId>, StoreError> {
        let graves = self.graves.iter(transaction)?;
        graves.map(|entry| Ok(ItemId(number("graves", entry?.0)?))).collect()
    }

    /// Notes an item that is to be deleted in the full text.
    pub(crate) fn bury(&self, transaction: &mut RwTxn<'_>, item: ItemId) -> Result<(), StoreError> {
        Ok(self.graves.put(transaction, &item.0.to_be_bytes(), &[])?)
    }

    /// Forgets the items that the full text has deleted.
    pub(crate) fn clear_graves(&self, transaction: &mut RwTxn<'_>) -> Result<(), StoreError> {
        Ok(self.graves.clear(transaction)?)
    }

    /// What a workspace sees.
    pub(crate) fn view(&self, transaction: &RoTxn<'_>, root: &Digest) -> Result<Option<View>, StoreError> {
        let Some(bytes) = self.views.get(transaction, &root.0)? else { return Ok(None) };
        Ok(Some(View::new(decode::<Vec<UnitId>>("views", bytes)?)))
    }

    /// Says what a workspace sees.
    pub(crate) fn put_view(
        &self,
        transaction: &mut RwTxn<'_>,
        root: &Digest,
        view: &View,
    ) -> Result<(), StoreError> {
        Ok(self.views.put(transaction, &root.0, &encode(&view.units()))?)
    }

    /// Forgets a workspace; says whether it was known.
    pub(crate) fn remove_view(&self, transaction: &mut RwTxn<'_>, root: &Digest) -> Result<bool, StoreError> {
        Ok(self.views.delete(transaction, &root.0)?)
    }

    /// The views of all workspaces.
    pub(crate) fn views(&self, transaction: &RoTxn<'_>) -> Result<Vec<(Digest, View)>, StoreError> {
        let views = self.views.iter(transaction)?;
        let damaged = |_| StoreError::Damaged { table: "views" };
        let view = |entry: heed::Result<(&[u8], &[u8])>| {
            let (root, view) = entry?;
            Ok((Digest(root.try_into().map_err(damaged)?), View::new(decode("views", view)?)))
        };
        views.map(view).collect()
    }
}
