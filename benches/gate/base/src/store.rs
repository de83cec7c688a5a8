//! Where orders are kept; a stand-in for a database.

/// An order as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Who ordered.
    pub customer: String,
    /// The price in cents.
    pub cents: u64,
}

/// Why the store did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// The store does not know the statement.
    Statement(String),
    /// The statement has more places than there are values.
    Values,
}

/// A connection to the store.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    orders: Vec<Order>,
}

impl Connection {
    /// Adds an order.
    pub fn add(&mut self, customer: &str, cents: u64) {
        self.orders.push(Order {
            customer: customer.to_owned(),
            cents,
        });
    }

    /// The orders that a statement selects; a value stands for each `?` in it.
    pub fn query(&self, sql: &str, values: &[&str]) -> Result<Vec<Order>, StoreError> {
        checked(sql, "SELECT ", values)?;
        let selected = self.orders.iter().filter(|order| meant(order, values));
        Ok(selected.cloned().collect())
    }

    /// Removes the orders that a statement names; how many they were.
    pub fn execute(&mut self, sql: &str, values: &[&str]) -> Result<usize, StoreError> {
        checked(sql, "DELETE ", values)?;
        let before = self.orders.len();
        self.orders.retain(|order| !meant(order, values));
        Ok(before - self.orders.len())
    }
}

fn checked(sql: &str, verb: &str, values: &[&str]) -> Result<(), StoreError> {
    if !sql.starts_with(verb) {
        return Err(StoreError::Statement(sql.to_owned()));
    }
    if sql.matches('?').count() > values.len() {
        return Err(StoreError::Values);
    }
    Ok(())
}

fn meant(order: &Order, values: &[&str]) -> bool {
    values
        .first()
        .is_none_or(|customer| order.customer == *customer)
}

/// The orders of a customer.
pub fn orders_of(connection: &Connection, customer: &str) -> Result<Vec<Order>, StoreError> {
    connection.query("SELECT * FROM orders WHERE customer = ?", &[customer])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> Connection {
        let mut connection = Connection::default();
        connection.add("ann", 500);
        connection.add("bob", 700);
        connection
    }

    #[test]
    fn orders_belong_to_customers() {
        let connection = filled();
        let orders = orders_of(&connection, "bob").unwrap();
        assert_eq!(orders.len(), 1);
        assert_eq!(orders[0].cents, 700);
        assert_eq!(orders_of(&connection, "eve"), Ok(Vec::new()));
    }

    #[test]
    fn orders_are_removed() {
        let mut connection = filled();
        let sql = "DELETE FROM orders WHERE customer = ?";
        assert_eq!(connection.execute(sql, &["ann"]), Ok(1));
        assert_eq!(connection.execute(sql, &["ann"]), Ok(0));
        assert_eq!(connection.execute(sql, &[]), Err(StoreError::Values));
    }

    #[test]
    fn other_statements_are_refused() {
        let refused = filled().query("DROP TABLE orders", &[]);
        assert_eq!(
            refused,
            Err(StoreError::Statement("DROP TABLE orders".to_owned()))
        );
    }
}
