//! What the HTTP API answers when a question about costs has no answer.

use crate::costs::CostError;
use crate::currency::CurrencyError;
use axum::http::StatusCode;
use hannun_api::ApiError;

impl From<CurrencyError> for ApiError {
    fn from(error: CurrencyError) -> Self {
        let message = error.to_string();
        match error {
            CurrencyError::NoRate { .. } => {
                Self::new(StatusCode::CONFLICT, "exchange_rate_missing", message)
            }
            CurrencyError::NoCurrency => {
                Self::new(StatusCode::CONFLICT, "billing_currency_missing", message)
            }
            CurrencyError::NotACode(_) => Self::invalid(message),
            CurrencyError::TooLarge { .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "amount_too_large", message)
            }
        }
    }
}

impl From<CostError> for ApiError {
    fn from(error: CostError) -> Self {
        match error {
            CostError::Currency(error) => error.into(),
            CostError::Ledger(error) => error.into(),
            CostError::Query(error) => error.into(),
            CostError::Invalid(message) => Self::invalid(message),
            CostError::Inexact(message) => {
                tracing::error!(%message, "costs do not add up");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
            }
        }
    }
}
