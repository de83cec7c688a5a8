//! Items that wait for a vector, those first that are most likely to be looked for.

use heed::{RoTxn, RwTxn};

use crate::store::{StoreError, Tables, number};
use crate::{Item, ItemId};

/// The priorities: public items, other items with documentation, the rest.
const PRIORITIES: [u8; 3] = [0, 1, 2];

/// The priority of an item.
fn priority(item: &Item) -> u8 {
    match (item.public, item.docs.is_empty()) {
        (true, _) => 0,
        (false, false) => 1,
        (false, true) => 2,
    }
}

/// The key of an item at a priority.
fn key(priority: u8, id: ItemId) -> [u8; 5] {
    let [a, b, c, d] = id.0.to_be_bytes();
    [priority, a, b, c, d]
}

impl Tables {
    /// Puts an item into the queue.
    pub(crate) fn enqueue(
        &self,
        transaction: &mut RwTxn<'_>,
        id: ItemId,
        item: &Item,
    ) -> Result<(), StoreError> {
        Ok(self.queue.put(transaction, &key(priority(item), id), &[])?)
    }

    /// Takes an item out of the queue, whatever its priority.
    pub(crate) fn dequeue(&self, transaction: &mut RwTxn<'_>, id: ItemId) -> Result<(), StoreError> {
        for priority in PRIORITIES {
            if self.queue.delete(transaction, &key(priority, id))? {
                break;
            }
        }
        Ok(())
    }

    /// The first items of the queue.
    pub(crate) fn waiting(&self, transaction: &RoTxn<'_>, limit: usize) -> Result<Vec<ItemId>, StoreError> {
        let queue = self.queue.iter(transaction)?.take(limit);
        queue.map(|entry| Ok(ItemId(number("queue", &entry?.0[1..])?))).collect()
    }

    /// How many items wait.
    pub(crate) fn waiting_count(&self, transaction: &RoTxn<'_>) -> Result<u64, StoreError> {
        Ok(self.queue.len(transaction)?)
    }
}
