//! How the lines of the pane share the height.

/// How many lines of each part there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub stages: usize,
    pub rows: usize,
    /// The images, and the control plane, which is the last to go.
    pub extra: usize,
    pub below: usize,
}

impl Plan {
    /// Rows matter most; but where what is said below them was asked for, only the focused one does.
    pub fn fitting(mut self, height: usize, asked: bool) -> Self {
        let tall =
            |plan: &Self| plan.stages + plan.rows + plan.extra + plan.below + usize::from(plan.below > 0);
        while tall(&self) > height {
            match self {
                Self { below: 3.., .. } if !asked => self.below -= 1,
                Self { stages: 2.., .. } => self.stages -= 1,
                Self { stages: 1, rows, extra, .. } if rows + extra > 0 => self.stages = 0,
                Self { below: 1.., .. } if !asked => self.below -= 1,
                Self { extra: 2.., .. } => self.extra -= 1,
                Self { extra: 1.., .. } if asked => self.extra = 0,
                Self { rows: 2.., .. } => self.rows -= 1,
                Self { below: 1.., .. } => self.below -= 1,
                Self { extra: 1.., .. } => self.extra = 0,
                Self { rows: 1.., .. } => self.rows = 0,
                _ => break,
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stay_longest() {
        let plan = |height, asked| {
            let most = Plan { stages: 6, rows: 5, extra: 2, below: 4 };
            let Plan { stages, rows, extra, below } = most.fitting(height, asked);
            [stages, rows, extra, below]
        };
        assert_eq!(plan(18, false), [6, 5, 2, 4]);
        assert_eq!(plan(14, false), [4, 5, 2, 2]);
        assert_eq!(plan(8, false), [0, 5, 2, 0]);
        assert_eq!(plan(5, false), [0, 4, 1, 0]);
        assert_eq!(plan(1, false), [0, 1, 0, 0]);
        assert_eq!(plan(8, true), [0, 3, 0, 4]);
        assert_eq!(plan(6, true), [0, 1, 0, 4]);
        assert_eq!(plan(4, true), [0, 1, 0, 2]);
        assert_eq!(plan(0, true), [0, 0, 0, 0]);
    }
}
